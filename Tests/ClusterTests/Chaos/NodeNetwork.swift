import Foundation
import Testing

/// A network of namespaces: each node is a host of its own on a bridge, and its cable can be cut in one or both directions. Needs root and iproute2 on Linux.
final class NodeNetwork: Sendable {
    enum Direction: Hashable, Sendable, CaseIterable {
        case both
        /// What the node sends is lost.
        case out
        /// What is sent to the node is lost.
        case `in`
    }

    /// Begins the names of everything that this process makes; the network of a test that was killed is found by it.
    private static let mark = "swf"
    private let bridge: String
    private let prefix: String
    private let nodes: Int

    /// The address of this machine on the bridge.
    var host: String { "\(prefix).1" }

    /// Makes a network, or says why that is not possible here.
    static func make(nodes: Int) async -> (network: NodeNetwork?, why: String) {
        guard geteuid() == 0 else { return (nil, "cutting nodes off needs root") }
        guard let ip = tool else { return (nil, "cutting nodes off needs the program ip (iproute2)") }
        await sweep(ip)
        let network = NodeNetwork(nodes: nodes)
        do {
            try await network.build()
            return (network, "")
        } catch {
            await network.end()
            return (nil, "network namespaces cannot be made here: \(error)")
        }
    }

    private static let tool = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].first(where: FileManager.default.isExecutableFile)

    private init(nodes: Int) {
        self.nodes = nodes
        let pid = Int(getpid())
        bridge = "\(Self.mark)\(pid)"
        prefix = "10.\(200 + pid / 250 % 50).\(pid % 250)"
    }

    private func namespace(_ node: Int) -> String { "\(Self.mark)\(getpid())n\(node)" }
    private func address(_ node: Int) -> String { "\(prefix).\(node + 10)" }
    private func cable(_ node: Int) -> String { "\(Self.mark)\(getpid())v\(node)" }

    private func build() async throws {
        try await ip("link add \(bridge) type bridge forward_delay 0")
        try await ip("addr add \(host)/24 dev \(bridge)")
        try await ip("link set \(bridge) up")
        for node in 0..<nodes {
            try await ip("netns add \(namespace(node))")
            try await ip("link add \(cable(node)) type veth peer name eth0 netns \(namespace(node))")
            try await ip("link set \(cable(node)) master \(bridge) up")
            try await ip("-n \(namespace(node)) addr add \(address(node))/24 dev eth0")
            try await ip("-n \(namespace(node)) link set eth0 up")
            try await ip("-n \(namespace(node)) link set lo up")
        }
    }

    func end() async {
        for node in 0..<nodes { try? await ip("netns del \(namespace(node))") }
        try? await ip("link del \(bridge)")
    }

    /// Removes what tests left whose process is gone.
    private static func sweep(_ ip: String) async {
        for kind in [["netns", "list"], ["-o", "link", "show", "type", "bridge"]] {
            let list = (try? await ChildProcess.run(URL(fileURLWithPath: ip), kind))?.output ?? ""
            for word in list.split(whereSeparator: { $0.isWhitespace || $0 == ":" }) where word.hasPrefix(mark) {
                guard let pid = Int32(word.dropFirst(mark.count).prefix { $0.isNumber }), kill(pid, 0) != 0, errno == ESRCH else {
                    continue
                }
                let command = kind[0] == "netns" ? ["netns", "del", String(word)] : ["link", "del", String(word)]
                _ = try? await ChildProcess.run(URL(fileURLWithPath: ip), command)
            }
        }
    }

    /// The program and arguments that run a program on the node's host. The process stays the same one.
    func command(_ node: Int, _ program: URL, _ arguments: [String]) throws -> (URL, [String]) {
        let ip = try #require(Self.tool)
        return (URL(fileURLWithPath: ip), ["netns", "exec", namespace(node), program.path] + arguments)
    }

    /// Packets to an address that nobody has are lost without anybody being told, as on a cut cable.
    func cut(_ node: Int, _ direction: Direction) async throws {
        let nowhere = "lladdr 02:00:00:00:00:01 nud permanent"
        if direction != .in { try await ip("-n \(namespace(node)) neigh replace \(host) \(nowhere) dev eth0") }
        if direction != .out { try await ip("neigh replace \(address(node)) \(nowhere) dev \(bridge)") }
    }

    func mend(_ node: Int) async {
        try? await ip("-n \(namespace(node)) neigh del \(host) dev eth0")
        try? await ip("neigh del \(address(node)) dev \(bridge)")
    }

    private func ip(_ arguments: String) async throws {
        guard let ip = Self.tool else { throw NetworkError(description: "there is no program ip") }
        let result = try await ChildProcess.run(URL(fileURLWithPath: ip), arguments.split(separator: " ").map(String.init))
        guard result.exitCode == 0 else { throw NetworkError(description: "ip \(arguments): \(result.errors)") }
    }
}

struct NetworkError: Error, CustomStringConvertible {
    var description: String
}
