import BSON
import Engine
import MongoDriver
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Commands: one document of `message` each.
extension MongoStore {
    func submit(_ command: Command) async throws -> CommandRecord {
        let record = CommandRecord(command)
        let document = record.document
        if let why = document.tooLarge { throw StoreError(.refused, "the command '\(command.id)' cannot be stored: \(why)") }
        let namespace = collections.message
        let found = try await run("submitCommand") { connection -> Document? in
            guard let error = try connection.bulk(namespace, [.insert(document)]).errors.first else { return document }
            guard error.isDuplicateKey else {
                throw StoreError(error.isTransient ? .unavailable : .refused, "\(namespace): \(error.message)", outcome: .unknown)
            }
            return try connection.find(namespace, filter: ["_id": .string(command.id)], limit: 1).first
        }
        // One that was there and has expired meanwhile was settled long ago; nothing may be done twice.
        guard let found else { return CommandRecord(command, status: .refused, result: "a command with this id is long over") }
        return try CommandRecord(FieldReader(document: found, collection: namespace.collection))
    }

    func command(id: String) async throws -> CommandRecord? {
        let query = Query(namespace: collections.message, filter: ["_id": .string(id)], limit: 1)
        return try commands(try await find("command", query)).first
    }

    func commands(of run: String, limit: Int) async throws -> [CommandRecord] {
        try commands(try await find("commandsOfRun", collections.commands(of: run, limit: limit))).reversed()
    }

    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        let documents = try await find("openCommands", collections.openCommands(after: after.flatMap(Collections.Place.init), limit: limit))
        let place = documents.last.flatMap { Collections.Place.text(of: $0, at: "at") }
        var page = Page<CommandRecord>([], next: documents.count >= limit ? place : nil)
        for document in documents {
            let fields = FieldReader(document: document, collection: collections.message.collection)
            do throws(StoreError) { page.elements.append(try CommandRecord(fields)) } catch {
                page.unreadable.append(UnreadableDocument(id: fields.id, collection: fields.collection, problem: error.message))
            }
        }
        return page
    }

    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        guard !runs.isEmpty else { return [] }
        // One that does not decode is left alone and keeps no other from being applied.
        return try await find("openCommandsOfRuns", collections.openCommands(of: runs, limit: limit)).compactMap { document in
            let fields = FieldReader(document: document, collection: collections.message.collection)
            do throws(StoreError) { return try CommandRecord(fields) } catch {
                unreadable.report(fields.id, error)
                return nil
            }
        }
    }

    func settle(_ records: [CommandRecord]) async throws {
        guard !records.isEmpty else { return }
        let namespace = collections.message
        try await run("settle") { connection in
            let result = try connection.bulk(namespace, records.map(\.settling))
            guard let error = result.errors.first else { return }
            throw StoreError(error.isTransient ? .unavailable : .refused, "\(namespace): \(error.message)", outcome: .unknown)
        }
    }

    private func commands(_ documents: [Document]) throws -> [CommandRecord] {
        try documents.map { try CommandRecord(FieldReader(document: $0, collection: collections.message.collection)) }
    }
}

extension CommandRecord {
    fileprivate var settling: WriteOperation {
        var fields: Document = ["status": .string(status.rawValue), "result": .string(result)]
        if status.isSettled { fields.append("settledAt", .date(settledAt ?? Date())) }
        var change: Document = ["$set": .document(fields)]
        if status.isSettled { change.append("$unset", .document(["open": ""])) }
        return .updateOne(filter: ["_id": .string(command.id), "open": true], update: .document(change))
    }
}
