import BSON
import Engine
import Logging
import MongoDriver
import Records

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Hints are documents of the capped collection `signal`: `to` says for whom, `kind` which. Only those whom a hint concerns are woken by it: whoever leads has a cursor of its own for what goes to the leader.
extension MongoKeeper {
    private static let everybody = "*"
    private static let leader = "leader"
    /// Hints in one insert.
    private static let batchLimit = 1_000

    func signal(_ hints: [Hint]) async {
        guard !hints.isEmpty else { return }
        await outbox.send(hints) { hints in
            for start in stride(from: 0, to: hints.count, by: Self.batchLimit) {
                await insert(hints[start..<min(start + Self.batchLimit, hints.count)].map { Self.document(of: $0) })
            }
        }
    }

    private static func document(of hint: Hint) -> BSONValue {
        let at: BSONValue = .date(Date())
        return switch hint {
        case .dispatch: .document(["to": .string(leader), "kind": "dispatch", "at": at])
        case .nodesChanged: .document(["to": .string(leader), "kind": "nodesChanged", "at": at])
        case .commands: .document(["to": .string(leader), "kind": "commands", "at": at])
        case .commanded(let session, let runs):
            .document(["to": .string(session), "kind": "commanded", "runs": .array(runs.map { .string($0) }), "at": at])
        case .leaderGone: .document(["to": .string(everybody), "kind": "leaderGone", "at": at])
        case .unlocked(let key):
            .document(["to": .string(everybody), "kind": "unlocked", "key": key.map { .string($0) } ?? .null, "at": at])
        case .assigned(let session, let runs):
            .document(["to": .string(session), "kind": "assigned", "runs": .array(runs.map { .string($0) }), "at": at])
        }
    }

    private func insert(_ documents: [BSONValue]) async {
        let namespace = collections.signal
        // Plain insert without waiting for journal and majority: a hint may be lost, and who waits for it should not wait longer.
        let insert: Document = [
            "insert": .string(namespace.collection), "documents": .array(documents), "writeConcern": ["w": 1, "j": false],
        ]
        // Who gives something back because it was cancelled wakes others all the same.
        do { _ = try await client.run("signal", evenIfCancelled: true) { try $0.command(namespace.database, insert) } } catch {
            logger.debug("a hint is lost", metadata: ["error": "\(error)"])
        }
    }

    func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        await listen(
            to: [session, Self.everybody], lookingAt: [.assigned(session: session), .commanded(session: session), .unlocked(key: nil)]
        ) { hint in
            switch hint["kind"]?.stringValue {
            case "leaderGone": onHint(.leaderGone)
            case "unlocked": onHint(.unlocked(key: hint["key"]?.stringValue))
            case "commanded": onHint(.commanded(session: session, runs: hint["runs"]?.arrayValue?.compactMap(\.stringValue) ?? []))
            default: onHint(.assigned(session: session, runs: hint["runs"]?.arrayValue?.compactMap(\.stringValue) ?? []))
            }
        } onHint: {
            onHint($0)
        }
    }

    func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async {
        await listen(to: [Self.leader], lookingAt: [.nodesChanged]) { hint in
            switch hint["kind"]?.stringValue {
            case "dispatch": onHint(.dispatch)
            case "commands": onHint(.commands)
            default: onHint(.nodesChanged)
            }
        } onHint: {
            onHint($0)
        }
    }

    /// - Parameter everything: what is said when hints may have been missed.
    private func listen(
        to names: [String], lookingAt everything: [Hint], onDocument: (Document) -> Void, onHint: (Hint) -> Void
    ) async {
        let filter: Document = ["to": ["$in": .array(names.map { .string($0) })]]
        var isReported = false
        for await wakeup in client.wakeups(collections.signal, filter: filter) {
            switch wakeup {
            case .document(let hint): onDocument(hint)
            case .overflowed: everything.forEach(onHint)
            case .state(.live):
                // What came while nobody listened is lost: look at everything once.
                isReported = false
                everything.forEach(onHint)
            case .state(.resuming): break
            case .state(.down(let cause)): await mend(after: cause, &isReported)
            }
        }
    }

    /// Puts the collection right where somebody has dropped or replaced it; the stream looks again by itself. Says once what cannot be mended.
    private func mend(after cause: MongoError, _ isReported: inout Bool) async {
        let namespace = collections.signal
        var problem = cause
        // The stream's word for a collection that is missing or not capped.
        if cause.kind == .invalidArgument {
            do { return try await client.run("mendHints") { try SignalCollection.ensure(namespace, on: $0) } } catch {
                problem = error as? MongoError ?? cause
            }
        }
        guard !problem.isTransient, !isReported else { return }
        isReported = true
        logger.warning("no hints arrive: runs are found by polling, some seconds later", metadata: ["error": "\(problem)"])
    }
}
