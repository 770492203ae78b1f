import BSON
import Engine
import GRDB
import Records
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Commands for runs.
extension SQLiteStore {
    func submit(_ command: Command) async throws -> CommandRecord {
        let record = CommandRecord(command)
        let document = record.document
        if let why = document.tooLarge { throw StoreError(.refused, "the command '\(command.id)' cannot be stored: \(why)") }
        return try await file.write { db in
            let isNew = try db.change(
                "INSERT INTO message (id, run, is_open, at, document) VALUES (?, ?, 1, ?, ?) ON CONFLICT (id) DO NOTHING",
                [command.id, command.run, command.author.at.milliseconds, document.data])
            return isNew == 1 ? record : try db.command(command.id)?.decoded(CommandRecord.init) ?? record
        }
    }

    func command(id: String) async throws -> CommandRecord? {
        try await file.read { try $0.command(id) }.map { try $0.decoded(CommandRecord.init) }
    }

    func commands(of run: String, limit: Int) async throws -> [CommandRecord] {
        let found = try await file.read { db in
            try db.documents(
                "message", "SELECT id, document FROM message INDEXED BY message_run WHERE run = ? ORDER BY at DESC, id DESC LIMIT ?",
                [run, limit])
        }
        return try found.reversed().map { try $0.decoded(CommandRecord.init) }
    }

    func openCommands(after: String?, limit: Int) async throws -> Page<CommandRecord> {
        let place = after.flatMap(InstanceList.Place.init)
        let (found, next) = try await file.read { db in
            let keys = try db.rows(
                "SELECT at, id FROM message INDEXED BY message_open WHERE is_open = 1 AND (at, id) > (?1, ?2) ORDER BY at, id LIMIT ?3",
                [place?.createdAt ?? .min, place?.id ?? "", limit]
            ) { InstanceList.Place(createdAt: $0[0], id: $0[1]) }
            return (try keys.compactMap { try db.command($0.id) }, keys.last?.text)
        }
        return found.page(limit: limit, next: next, CommandRecord.init)
    }

    func openCommands(of runs: [String], limit: Int) async throws -> [CommandRecord] {
        let found = try await file.read { db in
            try runs.flatMap { run in
                try db.documents(
                    "message",
                    "SELECT id, document FROM message INDEXED BY message_run WHERE run = ? AND is_open = 1 ORDER BY at, id LIMIT ?",
                    [run, limit])
            }
        }
        // One that does not decode is left alone and keeps no other from being applied.
        let records = found.compactMap { stored in
            do throws(StoreError) { return try stored.decoded(CommandRecord.init) } catch {
                unreadable.report(stored.id, error)
                return nil
            }
        }
        return Array(records.sorted { ($0.command.author.at, $0.command.id) < ($1.command.author.at, $1.command.id) }.prefix(limit))
    }

    func settle(_ records: [CommandRecord]) async throws {
        guard !records.isEmpty else { return }
        try await file.write { db in
            for record in records { try db.settle(record) }
        }
    }
}

extension GRDB.Database {
    fileprivate func command(_ id: String) throws -> StoredDocument? {
        try documents("message", "SELECT id, document FROM message WHERE id = ?", [id]).first
    }

    /// One that is settled never changes again.
    fileprivate func settle(_ record: CommandRecord) throws {
        guard var existing = try command(record.command.id)?.decoded(CommandRecord.init), !existing.status.isSettled else { return }
        (existing.status, existing.result) = (record.status, record.result)
        if record.status.isSettled { existing.settledAt = record.settledAt ?? Date() }
        try change(
            "UPDATE message SET is_open = ?2, document = ?3 WHERE id = ?1",
            [record.command.id, !record.status.isSettled, existing.document.data])
    }
}
