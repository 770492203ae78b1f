#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which process a session is of. A process that is gone is known to be gone at once, so nobody waits for its lease; one that cannot be judged, from another container say, has its lease.
///
/// A process is its id, the namespace that the id is of, and the moment of its start, since ids come again. It is judged under the boot in which it was written: with another all leases are over anyway.
struct ProcessMark: Sendable, Hashable {
    var namespace: String
    var pid: Int32
    /// In clock ticks since the boot, as the kernel says it.
    var start: String

    /// What can be found out about a process id.
    enum Look: Sendable, Hashable {
        case absent
        /// There is one, and nothing more can be told.
        case present
        /// - Parameter hasEnded: whether only its parent has not asked for its end yet.
        case started(String, hasEnded: Bool)
    }

    /// This process; `nil` where the system does not tell.
    static let own: ProcessMark? = {
        guard let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid") else { return nil }
        guard case .started(let start, _) = look(at: getpid()) else { return nil }
        return ProcessMark(namespace: namespace, pid: getpid(), start: start)
    }()

    /// Whether the process is certainly gone.
    /// - Parameters:
    ///   - own: the process that asks.
    ///   - look: what can be found out about an id.
    func isGone(own: ProcessMark? = Self.own, look: (Int32) -> Look = Self.look) -> Bool {
        guard let own, own != self, own.namespace == namespace else { return false }
        return switch look(pid) {
        case .absent: true
        case .present: false
        case .started(let start, let hasEnded): hasEnded || start != self.start
        }
    }

    /// A process of this namespace; `nil` where the system does not tell.
    static func of(_ pid: Int32) -> ProcessMark? {
        guard let own, case .started(let start, _) = look(at: pid) else { return nil }
        return ProcessMark(namespace: own.namespace, pid: pid, start: start)
    }

    private static func look(at pid: Int32) -> Look {
        if kill(pid, 0) != 0, errno == ESRCH { return .absent }
        guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return .present }
        return Self.parsed(String(decoding: text, as: UTF8.self)) ?? .present
    }

    /// Reads `/proc/PID/stat`. The second field is the program's name in brackets, which may hold anything; the state follows, and the start is the 22nd.
    static func parsed(_ stat: String) -> Look? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return .started(String(fields[19]), hasEnded: fields[0] == "Z" || fields[0] == "X")
    }
}

extension ProcessMark {
    /// As a column has it.
    var text: String { "\(namespace) \(pid) \(start)" }

    init?(text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 3, let pid = Int32(parts[1]) else { return nil }
        self.init(namespace: String(parts[0]), pid: pid, start: String(parts[2]))
    }
}
