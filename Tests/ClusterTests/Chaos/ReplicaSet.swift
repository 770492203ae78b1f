import BSON
import Foundation
import MongoDriver
import Testing

/// A replica set of three members of the test's own, whose members it may kill.
final class ReplicaSet: Sendable {
    let folder: URL
    /// `host:port` of the members.
    let members: [String]

    /// The checkout that this file is part of.
    static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Starts one in `folder`.
    /// - Parameters:
    ///   - host: the address of this machine that the members listen on.
    ///   - electionTimeout: how long a primary may be silent before another is elected.
    static func start(in folder: URL, host: String = "127.0.0.1", electionTimeout: Duration) async throws -> ReplicaSet {
        let url = try await mongod("up", "--members", "3", "--host", host, "--dir", folder.path)
        let hosts = url.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("mongodb://".count).prefix { $0 != "/" }
        let set = ReplicaSet(folder: folder, members: hosts.split(separator: ",").map(String.init))
        do { try await set.configure(electionTimeout) } catch {
            await ChaosCluster.shielded { await set.end() }
            throw error
        }
        return set
    }

    private init(folder: URL, members: [String]) {
        self.folder = folder
        self.members = members
    }

    func url(database: String) -> String { "mongodb://\(members.joined(separator: ","))/\(database)?replicaSet=swiftflow" }

    /// Ends all members and deletes their data.
    func end() async { await Self.purge(folder) }

    static func purge(_ folder: URL) async { _ = try? await mongod("down", "--purge", "--dir", folder.path) }

    @discardableResult
    private static func mongod(_ arguments: String...) async throws -> String {
        let result = try await ChildProcess.run(checkout.appendingPathComponent("deploy/mongod"), arguments)
        try #require(result.exitCode == 0, "deploy/mongod \(arguments.joined(separator: " ")): \(result.errors)")
        return result.output
    }

    private func configure(_ electionTimeout: Duration) async throws {
        let primary = try #require(await primary(), "a replica set that has just been started has a primary")
        try await admin(primary) { connection in
            let answer = try connection.command("admin", ["replSetGetConfig": 1])
            guard let config = answer["config"]?.documentValue, let settings = config["settings"]?.documentValue else { return }
            let milliseconds = electionTimeout.components.seconds * 1_000 + electionTimeout.components.attoseconds / 1_000_000_000_000_000
            let faster = settings.replacing(["electionTimeoutMillis": .int64(milliseconds), "heartbeatIntervalMillis": 500])
            let version = (config["version"]?.int64Value ?? 1) + 1
            let changed = config.replacing(["version": .int64(version), "settings": .document(faster)])
            _ = try connection.command("admin", ["replSetReconfig": .document(changed)])
        }
    }

    // MARK: What an attacker does

    /// Index of the primary, if there is one now.
    func primary() async -> Int? {
        for member in members.indices {
            let hello = try? await admin(member) { try $0.command("admin", ["hello": 1]) }
            if hello?["isWritablePrimary"]?.boolValue == true { return member }
        }
        return nil
    }

    /// Waits until there is a primary.
    func awaitPrimary() async throws -> Int {
        while true {
            try Task.checkCancellation()
            if let primary = await primary() { return primary }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func stepDown() async throws {
        guard let primary = await primary() else { return }
        // The primary closes connections, so that an answer may not come.
        _ = try? await admin(primary) { connection in
            try connection.command("admin", ["replSetStepDown": 10, "secondaryCatchUpPeriodSecs": 1, "force": true])
        }
    }

    func signal(_ member: Int, _ signal: Int32) throws {
        let file = folder.appendingPathComponent("member-\(member)/mongod.pid")
        let pid = try #require(Int32(try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        kill(pid, signal)
    }

    /// kill -9 of a member; returns when it is gone.
    func killMember(_ member: Int) async throws {
        try signal(member, SIGKILL)
        while await answers(member) { try await Task.sleep(for: .milliseconds(20)) }
    }

    private func answers(_ member: Int) async -> Bool { (try? await admin(member) { try $0.command("admin", ["ping": 1]) }) != nil }

    /// Waits until all members have what the primary has.
    func settle(_ primary: Int) async throws {
        try await admin(primary) { connection in
            let note: Document = [
                "insert": "note", "documents": [["text": "here"]], "writeConcern": ["w": .int32(3), "j": true, "wtimeout": 20_000],
            ]
            _ = try connection.command("settle", note)
        }
    }

    /// Waits until the primary itself has a document, however durable.
    func awaitDocument(_ primary: Int, in database: String, _ collection: String, id: String) async throws {
        while true {
            let answer = try await admin(primary) { connection in
                try connection.command(
                    database, ["find": .string(collection), "filter": ["_id": .string(id)], "readConcern": ["level": "local"]])
            }
            if answer[path: "cursor", "firstBatch", "0"] != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Starts two members again and lets the third be away.
    func restart(except away: Int) async throws {
        try await Self.mongod("up", "--except", "\(away)", "--dir", folder.path)
    }

    /// Starts the members that do not run, and waits until there is a primary.
    func restart() async throws { try await Self.mongod("up", "--dir", folder.path) }

    /// Talks to one member.
    func admin<R: Sendable>(_ member: Int, _ body: @escaping @Sendable (borrowing Connection) throws -> R) async throws -> R {
        var configuration = MongoConfiguration(url: "mongodb://\(members[member])/?directConnection=true")
        configuration.serverSelectionTimeout = .seconds(1)
        configuration.connectTimeout = .seconds(1)
        configuration.normalThreads = 1
        let client = try MongoClient(configuration)
        do {
            let answer = try await client.run("admin", body)
            await client.close()
            return answer
        } catch {
            await client.close()
            throw error
        }
    }
}

extension Document {
    /// The same with other values for some of its keys.
    fileprivate func replacing(_ values: [String: BSONValue]) -> Document { Document(map { ($0.key, values[$0.key] ?? $0.value) }) }
}
