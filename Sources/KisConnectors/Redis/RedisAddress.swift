import Foundation
import KisFlow

/// Where a Redis server is, and how to get in.
///
/// `host`, `host:port`, `redis://[user:password@]host[:port][/database]`, or `unix:/path/of/socket`.
struct RedisAddress: Sendable, Hashable, CustomStringConvertible {
    enum Place: Sendable, Hashable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    var place: Place
    var user: String?
    var password: String?
    var database = 0

    /// - Throws: `FlowError` of kind `connector`, without the secret.
    init(_ text: String) throws {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") {
            guard rest[..<scheme.lowerBound].lowercased() == "redis" else {
                throw FlowError(.connector, "the address of a Redis server starts with redis://, not \(rest[..<scheme.lowerBound])://")
            }
            rest = rest[scheme.upperBound...]
        } else if rest.hasPrefix("unix:"), rest.count > 5 {
            place = .unix(path: String(rest.dropFirst(5)))
            return
        }
        if let at = rest.lastIndex(of: "@") {
            let secret = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map { Self.decoded(String($0)) }
            user = secret.count == 2 && !secret[0].isEmpty ? secret[0] : nil
            password = secret.last
            rest = rest[rest.index(after: at)...]
        }
        if let slash = rest.firstIndex(of: "/") {
            let name = rest[rest.index(after: slash)...]
            guard name.isEmpty || Int(name).map({ $0 >= 0 }) == true else {
                throw FlowError(.connector, "the database of a Redis server is a number, not \"\(name)\"")
            }
            database = Int(name) ?? 0
            rest = rest[..<slash]
        }
        place = try Self.place(rest)
    }

    private static func place(_ text: Substring) throws -> Place {
        var host = text
        var port = 6_379
        // An IPv6 address has colons of its own, and stands in brackets.
        if let colon = text.lastIndex(of: ":"), text.last != "]" {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else { throw malformed(text) }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("/"), !host.contains(" ") else { throw malformed(text) }
        return .tcp(host: String(host), port: port)
    }

    private static func malformed(_ text: Substring) -> FlowError {
        let forms = "host:port, redis://[user:password@]host[:port][/database] or unix:/path"
        return FlowError(.connector, "addrs names the Redis server as \"\(text)\"; it must be \(forms)")
    }

    private static func decoded(_ text: String) -> String {
        text.removingPercentEncoding ?? text
    }

    /// Without the secret.
    var description: String {
        switch place {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
