import Engine
import Foundation
import Swiftflow
import Synchronization
import Testing

/// Four nodes on a replica set of their own, whose processes, network and clocks a test may attack.
final class ChaosCluster: Sendable {
    static let nodeCount = 4

    let folder: URL
    let replicas: ReplicaSet
    let network: NodeNetwork?
    let database = "chaos"
    /// Whether the worker's clock can be set off on this system.
    static let canSkew: Bool = {
        #if os(Linux)
        true
        #else
        false
        #endif
    }()
    let ttl: Double
    /// Faults that this machine cannot have, and why.
    let leftOut: [String]
    private let state = Mutex(State())

    private struct State {
        var nodes: [ChildProcess?] = Array(repeating: nil, count: ChaosCluster.nodeCount)
        var generation = 0
        var all: [ChildProcess] = []
        var outages: [Books.Outage] = []
        var failed = false
    }

    var url: String { replicas.url(database: database) }
    var journal: URL { folder.appendingPathComponent("journal") }

    /// Starts everything, runs `body`, and ends everything; the folder is kept where the test failed.
    static func with(ttl: Double, electionTimeout: Duration = .seconds(2), cuts: Bool = true, _ body: (ChaosCluster) async throws -> Void)
        async throws
    {
        await sweep()
        let (network, why) = cuts ? await NodeNetwork.make(nodes: nodeCount) : (nil, "")
        let folder = URL(fileURLWithPath: "/tmp/\(mark)\(getpid())-\(UUID().uuidString.prefix(4).lowercased())")
        try FileManager.default.createDirectory(at: folder.appendingPathComponent("journal"), withIntermediateDirectories: true)
        do {
            let replicas = try await ReplicaSet.start(
                in: folder.appendingPathComponent("mongod"), host: network?.host ?? "127.0.0.1", electionTimeout: electionTimeout)
            let leftOut = [why, canSkew ? "" : "skewing clocks needs Linux"].filter { !$0.isEmpty }
            let cluster = ChaosCluster(folder: folder, replicas: replicas, network: network, ttl: ttl, leftOut: leftOut)
            do { try await body(cluster) } catch {
                cluster.fail()
                await shielded { await cluster.end() }
                throw error
            }
            await shielded { await cluster.end() }
        } catch {
            await shielded {
                await ReplicaSet.purge(folder.appendingPathComponent("mongod"))
                await network?.end()
            }
            throw error
        }
        await shielded { await network?.end() }
    }

    /// Cleans up also when the test has been cancelled: its time limit has passed.
    static func shielded(_ body: @escaping @Sendable () async -> Void) async { await Task { await body() }.value }

    private static let mark = "swiftflow-chaos-"

    private init(folder: URL, replicas: ReplicaSet, network: NodeNetwork?, ttl: Double, leftOut: [String]) {
        (self.folder, self.replicas, self.network, self.ttl, self.leftOut) = (folder, replicas, network, ttl, leftOut)
    }

    /// The replica sets of tests whose process was killed.
    private static func sweep() async {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix(mark) {
            let mongod = URL(fileURLWithPath: "/tmp/\(name)/mongod")
            guard let pid = Int32(name.dropFirst(mark.count).prefix { $0.isNumber }), kill(pid, 0) != 0, errno == ESRCH,
                FileManager.default.fileExists(atPath: mongod.path)
            else { continue }
            await ReplicaSet.purge(mongod)
        }
    }

    /// Keeps the folder with the journal and the logs.
    func fail() { state.withLock { $0.failed = true } }

    private func end() async {
        for process in processes where !process.hasEnded {
            process.send(SIGKILL)
            _ = await process.exitCode()
        }
        await replicas.end()
        guard state.withLock(\.failed) else { return (try? FileManager.default.removeItem(at: folder)) ?? () }
        print("kept for a look: \(folder.path)")
    }

    // MARK: Nodes

    var processes: [ChildProcess] { state.withLock(\.all) }
    func node(_ index: Int) -> ChildProcess? { state.withLock { $0.nodes[index] } }

    /// Starts the process of a node and does not wait until it has joined: under attack that may take long.
    func start(_ index: Int, key: String? = nil, grace: String = "5s") throws {
        let key = key ?? "node-\(index)"
        let program = try Programs.url("JournalWorker")
        let arguments = [
            "node", "--key", key, "--url", url, "--lease-ttl", "\(Int(ttl * 1_000))ms", "--grace-period", grace, "--log-level", "info",
        ]
        let (executable, all) = try network?.command(index, program, arguments) ?? (program, arguments)
        var environment = ["SWIFTFLOW_TEST_JOURNAL": journal.path, "SWIFTFLOW_KEY": key]
        if Self.canSkew {
            try writeClock(index, seconds: 0)
            environment["SWIFTFLOW_TEST_CLOCK"] = clock(index).path
        }
        let log = folder.appendingPathComponent("\(key)-\(processes.count).log")
        let process = try ChildProcess(executable, all, environment: environment, name: key, errors: log)
        state.withLock {
            $0.nodes[index] = process
            $0.all.append(process)
        }
    }

    /// A key that no process has had.
    func newKey(_ index: Int) -> String {
        state.withLock {
            $0.generation += 1
            return "node-\(index)-\($0.generation)"
        }
    }

    func killNode(_ index: Int) async {
        guard let process = node(index), !process.hasEnded else { return }
        process.send(SIGKILL)
        note(.killed, process, from: .now, to: nil)
        _ = await process.exitCode()
    }

    // MARK: Clocks

    private func clock(_ index: Int) -> URL { folder.appendingPathComponent("clock-\(index)") }

    /// Sets the clock of the day of the node's process off, from now on. In place, since the process has the file mapped.
    func writeClock(_ index: Int, seconds: Int) throws {
        let descriptor = open(clock(index).path, O_WRONLY | O_CREAT, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        var nanoseconds = Int64(seconds) * 1_000_000_000
        guard pwrite(descriptor, &nanoseconds, 8, 0) == 8 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    // MARK: What was done

    /// Adds a line to the record of the attack in the cluster's folder.
    func write(log line: String) {
        let text = "\(Date.now.formatted(.iso8601.time(includingFractionalSeconds: true))) \(Moment.now.nanoseconds) \(line)\n"
        guard let file = fopen(folder.appendingPathComponent("attack.log").path, "a") else { return }
        fputs(text, file)
        fclose(file)
    }

    func note(_ kind: Books.Outage.Kind, _ process: ChildProcess?, from: Moment, to: Moment?) {
        state.withLock { $0.outages.append(Books.Outage(kind: kind, pid: process?.pid, node: process?.name, from: from, to: to)) }
    }

    var outages: [Books.Outage] { state.withLock(\.outages) }
}
