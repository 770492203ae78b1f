#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// On whose behalf a mutex is taken. All that take a mutex under one holder count as one: the second gets the token of the first at once, and the mutex is given back when the last has left.
public struct MutexHolder: Sendable, Hashable {
    /// Who it is, unique in the cluster, for people too.
    public var name: String
    /// Where that is: host and process, or a node and its session.
    public var place: String

    /// - Parameter place: this process on this host, where it is not given.
    public init(name: String, place: String? = nil) {
        self.name = name
        self.place = place ?? Self.thisProcess
    }

    static var thisProcess: String { "\(ProcessInfo.processInfo.hostName), process \(ProcessInfo.processInfo.processIdentifier)" }
}

/// What makes two calls of one process the same holder.
enum MutexIdentity: Sendable, Hashable {
    /// The caller says who it is.
    case named(MutexHolder)
    /// A call that is nobody but itself, and what is called inside of its body.
    case call(String)

    var holder: MutexHolder {
        switch self {
        case .named(let holder): holder
        case .call: MutexHolder(name: ProcessInfo.processInfo.processName)
        }
    }
}
