import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs that do the work of a task: sub-workflows, and single attempts on other nodes.
///
/// The id of such a run follows from the task, so that whoever starts it again, after an answer was lost or the owner was, finds the one that is there.
package struct ChildRuns: Sendable {
    let store: any Store
    let keeper: any Keeper

    /// How deep sub-workflows may be nested.
    package static let depthLimit = 10
    /// How long a task waits for its run before it looks without having been told, in seconds.
    static let lookAfter: TimeInterval = 60

    /// Starts a run, unless it is there already.
    /// - Returns: the run as it is.
    /// - Throws: `ActionError` where its id belongs to something else.
    func start(_ instance: DagInstance) async throws -> DagInstance {
        switch try await store.submit(instance) {
        case .created:
            await keeper.signal([.dispatch])
            return instance
        case .refused(let why): throw ActionError.doNotRetry("the run '\(instance.id)' cannot be stored: \(why)")
        case .existing(let existing):
            guard existing.origin?.run == instance.origin?.run, existing.origin?.task == instance.origin?.task else {
                throw ActionError.doNotRetry("the id '\(instance.id)' belongs to another run")
            }
            return existing
        }
    }

    func run(_ id: String) async throws -> DagInstance? { try await store.instance(id: id) }

    func tasks(_ instance: DagInstance) async throws -> [TaskInstance] {
        try await store.tasks(of: instance.id, runEpoch: instance.runEpoch)
    }

    /// Gives a run a command; sending the same again is harmless.
    func tell(_ command: Command) async throws {
        _ = try await store.submit(command)
        await keeper.signal([.commands])
    }

    /// The current definition of a DAG, or a kept version.
    func definition(_ dag: String, version: String?) async throws -> DagRecord {
        guard var record = try await store.dag(id: dag) else { throw ActionError.doNotRetry("there is no DAG '\(dag)'") }
        guard let version else { return record }
        guard let kept = try await store.dagVersion(id: dag, version: version) else {
            throw ActionError.doNotRetry("the DAG '\(dag)' has no version '\(version)' (commander dag history \(dag))")
        }
        (record.dag, record.version) = (kept, version)
        return record
    }

    /// Id of the run that does the work of a task: readable where that makes a valid id.
    static func id(run: String, task: String, attempt: Int? = nil) -> String {
        let suffix = attempt.map { ".\($0)" } ?? ""
        let plain = "\(run).\(task)\(suffix)"
        if plain.utf8.count <= 200, plain.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) { return plain }
        return "\(run.prefix(150)).\(ContentHash.hex(of: Data("\(run)/\(task)".utf8)))\(suffix)"
    }
}
