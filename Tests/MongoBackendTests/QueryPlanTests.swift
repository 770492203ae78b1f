import BSON
import Engine
import MongoDriver
import Records
import Testing
import Workflow

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is asked of the server must cost what is returned, not what has been stored over the years.
@Suite("Queries and their indexes")
struct QueryPlanTests {
    /// A query, the indexes that may carry it, and what it may cost.
    private struct Case {
        var name: String
        var query: Query
        var indexes: Set<String>
        /// Documents and keys examined for each document returned, beyond a handful.
        var factor: Int64 = 1
        var returned: Int64
    }

    /// A few more keys than documents: the ends of ranges are looked at too.
    private static let handful: Int64 = 12

    @Test("every query uses the index that it names, sorts by it, and examines about as much as it returns")
    func plans() async throws {
        try await FilledDatabase.with { filled in
            for one in Self.cases(filled.collections) {
                let plan = try await filled.plan(one.query)
                let why = "\(one.name): \(plan)"
                #expect(plan.indexes.isSubset(of: one.indexes) && !plan.indexes.isEmpty, "\(why)")
                #expect(!plan.stages.contains("COLLSCAN"), "\(why)")
                #expect(!plan.stages.contains("SORT"), "\(why)")
                #expect(plan.returned == one.returned, "\(why)")
                let allowed = one.factor * one.returned + Self.handful
                #expect(plan.documentsExamined <= allowed && plan.keysExamined <= allowed, "\(why)")
            }
        }
    }

    @Test("every index but those that only expire documents carries a query")
    func noIdleIndex() async throws {
        try await FilledDatabase.with { filled in
            var used: Set<String> = []
            for one in Self.cases(filled.collections) { used.formUnion(try await filled.plan(one.query).indexes) }
            let queried = (Indexes.dag + Indexes.dagInstance + Indexes.message + Indexes.heartbeat).filter { $0.expireAfterSeconds == nil }
            #expect(Set(queried.map(\.name)).subtracting(used).isEmpty)
        }
    }

    // MARK: The queries

    private static func cases(_ collections: Collections) -> [Case] {
        lists(collections) + queue(collections) + owners(collections) + details(collections)
    }

    /// `commander list` and `commander dag list`.
    private static func lists(_ collections: Collections) -> [Case] {
        func list(_ name: String, _ dagId: String?, _ statuses: Set<DagInstanceStatus>, _ index: String, factor: Int64 = 1) -> [Case] {
            let all = FilledDatabase.instances.filter {
                (dagId ?? $0.dagId) == $0.dagId && (statuses.isEmpty || statuses.contains($0.status))
            }
            let sorted = all.sorted { $0.createdAt > $1.createdAt }
            func page(_ after: DagInstance?) -> Query {
                let place = after.map { "\(Int64($0.createdAt.timeIntervalSince1970 * 1_000))/\($0.id)" }
                return collections.instances(InstanceQuery(dagId: dagId, statuses: statuses, after: place, limit: 20))
            }
            return [
                Case(
                    name: "instances, \(name)", query: page(nil), indexes: [index], factor: factor, returned: Int64(min(20, sorted.count))),
                Case(
                    name: "instances, \(name), the page from the middle", query: page(sorted[sorted.count / 2]), indexes: [index],
                    factor: factor, returned: Int64(min(20, sorted.count - sorted.count / 2 - 1))),
            ]
        }
        let dag = "dag-10003"
        let ids = ["dag-10003", "dag-10007", "dag-none"]
        let chunks = ["chunk-3", "chunk-8"]
        let definitions = [
            Case(name: "definitions", query: collections.definitions(after: nil, limit: 50), indexes: ["_id_"], returned: 50),
            Case(
                name: "definitions after one", query: collections.definitions(after: "dag-10199", limit: 50), indexes: ["_id_"],
                returned: 50),
            Case(name: "heads", query: collections.heads(of: ids), indexes: ["_id_"], returned: 2),
            Case(name: "versions", query: collections.versions(ids.map { $0 + "@v" }), indexes: ["_id_"], returned: 2),
            Case(name: "versions kept", query: collections.versionsKept(ids.map { $0 + "@v" }), indexes: ["_id_"], returned: 2),
            Case(name: "chunks", query: collections.chunks(chunks), indexes: ["_id_"], returned: 2),
            Case(name: "chunks kept", query: collections.chunksKept(chunks), indexes: ["_id_"], returned: 2),
        ]
        // What is open is read over for a DAG; in this database it is a tenth of each.
        let lists =
            list("all", nil, [], "status_createdAt_id_dagId") + list("one status", nil, [.failed], "status_createdAt_id_dagId")
            + list("several statuses", nil, [.failed, .`init`, .running], "status_createdAt_id_dagId")
            + list("one DAG", dag, [], "dagId_createdAt_id")
            + list("one DAG, a common status", dag, [.success], "dagId_createdAt_id", factor: 2)
            + list("one DAG, what went wrong", "dag-10000", [.failed], "dagId_unhappy")
            + list("one DAG, all that went wrong", "dag-10000", [.failed, .canceled, .blocked], "dagId_unhappy")
            + list("one DAG, what waits", dag, [.`init`], "status_createdAt_id_dagId", factor: 13)
        return definitions + lists
    }

    /// The leader looks for runs to give out.
    private static func queue(_ collections: Collections) -> [Case] {
        let waiting = FilledDatabase.instances.filter { $0.status == .`init` }
        func queue(_ part: Collections.QueuePart) -> [Collections.QueuePlace] {
            waiting.filter { Int64($0.priority).part == part }.map { Collections.QueuePlace(of: $0.document) }.sorted()
        }
        func page(_ part: Collections.QueuePart, after index: Int?) -> Query {
            collections.pending(part, after: index.map { queue(part)[$0] }, limit: 20)
        }
        let (above, without, below) = (queue(.above).count, queue(.without).count, queue(.below).count)
        let status = "status_createdAt_id_dagId"
        return [
            Case(name: "pending", query: collections.oldestPending(limit: 20), indexes: [status], returned: 20),
            // Those with a priority stand between the others in this index, here every third.
            Case(name: "pending, without priority", query: page(.without, after: nil), indexes: [status], factor: 2, returned: 20),
            Case(
                name: "pending, without priority, in the middle", query: page(.without, after: without / 2), indexes: [status], factor: 2,
                returned: 20),
            Case(name: "pending, without priority, at the end", query: page(.without, after: without - 6), indexes: [status], returned: 5),
            Case(name: "pending, above", query: page(.above, after: nil), indexes: ["prioritised"], returned: 20),
            Case(name: "pending, above, in the middle", query: page(.above, after: above / 2), indexes: ["prioritised"], returned: 20),
            Case(name: "pending, below", query: page(.below, after: nil), indexes: ["prioritised"], returned: 20),
            Case(name: "pending, below, at the end", query: page(.below, after: below - 6), indexes: ["prioritised"], returned: 5),
            Case(
                name: "due", query: collections.due(until: Date(timeIntervalSince1970: 1_800_000_000), after: nil, limit: 50),
                indexes: ["wakeAt"],
                returned: 50),
            Case(
                name: "due, nothing", query: collections.due(until: Date(timeIntervalSince1970: 1_000_000_000), after: nil, limit: 50),
                indexes: ["wakeAt"], returned: 0),
        ] + commands(collections)
    }

    private static func commands(_ collections: Collections) -> [Case] {
        let open = FilledDatabase.commands.filter { !$0.status.isSettled }
        let after = Collections.Place(Collections.Place.text(of: open[99].document, at: "at") ?? "")
        let some = open.prefix(30).map(\.command.run)
        return [
            Case(name: "commands of a run", query: collections.commands(of: some[0], limit: 5), indexes: ["run_at_id"], returned: 5),
            Case(name: "open commands", query: collections.openCommands(after: nil, limit: 100), indexes: ["open_at_id"], returned: 100),
            Case(
                name: "open commands, at the end", query: collections.openCommands(after: after, limit: 100), indexes: ["open_at_id"],
                returned: 50),
            Case(
                name: "open commands of runs", query: collections.openCommands(of: some, limit: 100), indexes: ["open_run_at_id"],
                factor: 2,
                returned: 30),
            // Keys of other DAGs are read over, here nine of ten; no document of theirs is.
            Case(
                name: "pending of other DAGs", query: collections.pending(except: ["dag-10001"], limit: 20),
                indexes: ["status_createdAt_id_dagId"], factor: 2, returned: 20),
            Case(
                name: "owned by a DAG", query: collections.owned(of: "dag-10003", limit: 10), indexes: ["status_createdAt_id_dagId"],
                factor: 20, returned: 10),
            Case(
                name: "waiting", query: collections.waiting(of: nil, limit: 100), indexes: ["status_createdAt_id_dagId"], returned: 100),
            Case(name: "parked of a DAG", query: collections.parked(of: "dag-10003", limit: 5), indexes: ["parked_dagId"], returned: 5),
            Case(name: "paused DAGs", query: collections.pausedDags(limit: 10), indexes: ["paused"], returned: 3),
            Case(name: "revisions", query: collections.revisions(of: "dag-10003", limit: 5), indexes: ["_id_"], returned: 5),
            Case(name: "pools", query: collections.pools(limit: 2), indexes: ["_id_"], returned: 2),
            Case(name: "runs by id", query: collections.instances(["run-10001", "run-10007", "none"]), indexes: ["_id_"], returned: 2),
        ]
    }

    /// The watchdog, and the poll of each node.
    private static func owners(_ collections: Collections) -> [Case] {
        let each = Int64(FilledDatabase.owned / FilledDatabase.sessions)
        let owned = Int64(FilledDatabase.owned)
        let ids = FilledDatabase.instances.filter { $0.session == "session-3" }.map(\.id).sorted()
        func assigned(_ session: String, after: String? = nil) -> Query { collections.assigned(to: session, after: after, limit: 500) }
        func after(_ session: String) -> Query { collections.owned(after: (session, "run-99999"), limit: 20) }
        return [
            Case(name: "owned", query: collections.owned(after: nil, limit: 5_000), indexes: ["owned"], returned: owned),
            Case(name: "owned, in the middle", query: after("session-4"), indexes: ["owned"], returned: 20),
            Case(name: "owned, far in", query: after("session-8"), indexes: ["owned"], returned: 20),
            Case(name: "assigned", query: assigned("session-3"), indexes: ["owned"], returned: each),
            Case(name: "assigned, in the middle", query: assigned("session-3", after: ids[14]), indexes: ["owned"], returned: each - 15),
            Case(
                name: "assigned, by name", query: collections.assigned(to: "session-3", among: Array(ids.prefix(10))),
                indexes: ["_id_", "owned"], returned: 10),
            Case(name: "assigned, nothing", query: assigned("session-none"), indexes: ["owned"], returned: 0),
        ]
    }

    /// The documents of one run.
    private static func details(_ collections: Collections) -> [Case] {
        let run = "run-10007"
        let (tasks, chunks) = (Int64(FilledDatabase.tasks), Int64(FilledDatabase.chunks))
        func tasksOf(_ epoch: Int64, after: String? = nil) -> Query {
            collections.tasks(of: run, runEpoch: epoch, after: after, limit: 500)
        }
        return [
            Case(name: "tasks", query: tasksOf(3), indexes: ["_id_"], returned: tasks),
            Case(name: "tasks after one", query: tasksOf(3, after: "\(run)/task-109"), indexes: ["_id_"], returned: tasks / 2),
            Case(
                name: "traces of a run", query: collections.traces(of: run, taskId: nil, after: nil, limit: 500), indexes: ["_id_"],
                returned: tasks * chunks),
            Case(
                name: "traces of a task", query: collections.traces(of: run, taskId: "task-104", after: nil, limit: 500),
                indexes: ["_id_"], returned: chunks),
            Case(
                name: "traces after some", query: collections.traces(of: run, taskId: nil, after: "\(run)/task-117/z", limit: 500),
                indexes: ["_id_"], returned: 2 * chunks),
            Case(name: "raised tasks", query: collections.raisedTasks(of: run, from: 1, to: 4), indexes: ["_id_"], returned: 1),
        ]
    }
}
