import BSON
import MongoDriver
import Records

extension Collections {
    /// Index: `run_at_id`, read backwards: the last ones first.
    func commands(of run: String, limit: Int) -> Query {
        Query(
            namespace: message, filter: ["run": .string(run)], sort: ["at": -1, "_id": -1], hint: Indexes.commandsOfRun.keys, limit: limit)
    }

    /// Index: `open_at_id`.
    func openCommands(after place: Place?, limit: Int) -> Query {
        var filter: Document = ["open": true]
        if let place {
            let later: [BSONValue] = [
                .document(["at": place.createdAt, "_id": ["$gt": .string(place.id)]]), .document(["at": ["$gt": place.createdAt]]),
            ]
            filter.append("at", .document(["$gte": place.createdAt]))
            filter.append("$or", .array(later))
        }
        return Query(namespace: message, filter: filter, sort: ["at": 1, "_id": 1], hint: Indexes.openCommands.keys, limit: limit)
    }

    /// Index: `open_run_at_id`; of more runs than the server merges it sorts what is open, which is little.
    func openCommands(of runs: [String], limit: Int) -> Query {
        Query(
            namespace: message, filter: ["open": true, "run": ["$in": .array(runs.map { .string($0) })]], sort: ["at": 1, "_id": 1],
            hint: Indexes.openCommandsOfRun.keys, limit: limit)
    }
}
