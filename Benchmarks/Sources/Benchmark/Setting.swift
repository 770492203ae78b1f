import BSON
import Foundation
import MongoDriver
import Workflow

/// What all measurements share: the server, and how thorough to be.
struct Setting: Sendable {
    let url: String
    let client: MongoClient
    let rounds: Int
    let isQuick: Bool

    init(url: String, rounds: Int, isQuick: Bool) throws {
        var configuration = MongoConfiguration(url: url)
        configuration.normalThreads = 8
        client = try MongoClient(configuration)
        self.url = url
        self.rounds = rounds
        self.isQuick = isQuick
    }

    /// Carries out `body` with nodes on a database that is new and goes away afterwards.
    func withNodes<R>(
        _ count: Int, _ name: String, arguments: [String] = [], _ dags: [Dag] = [], _ body: (EngineTrial) async throws -> R
    ) async throws -> R {
        let database = "benchmark-\(name)"
        guard let path = url.range(of: "/?") else { throw BenchmarkError("the URL must name no database: mongodb://HOST/?replicaSet=NAME") }
        let url = url.replacingCharacters(in: path, with: "/\(database)?")
        try await drop(database)
        let trial = try await EngineTrial(url: url, client: client, database: database)
        do {
            try await trial.apply(dags)
            try await trial.start(count, url: url, arguments: arguments)
            let result = try await body(trial)
            try await trial.check()
            await trial.stop()
            try await drop(database)
            return result
        } catch {
            await trial.stop()
            throw error
        }
    }

    private func drop(_ database: String) async throws {
        try await client.run("drop") { _ = try $0.command(database, ["dropDatabase": 1]) }
    }
}
