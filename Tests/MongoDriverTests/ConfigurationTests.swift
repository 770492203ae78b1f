import BSON
import Testing

@testable import MongoDriver

@Suite("Configuration")
struct ConfigurationTests {
    private func failure(_ url: String, _ configure: (inout MongoConfiguration) -> Void = { _ in }) async throws -> MongoError {
        var configuration = MongoConfiguration(url: url)
        configuration.serverSelectionTimeout = .milliseconds(500)
        configure(&configuration)
        return try await mongoError {
            let client = try MongoClient(configuration)
            do {
                try await client.requireReplicaSet()
            } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    @Test("a replica set's URL is accepted, and the database comes from its path")
    func accepted() async throws {
        let client = try MongoClient(TestServer.configuration())
        try await client.requireReplicaSet()
        await client.close()
        #expect(try MongoConfiguration(url: "mongodb://h/flows?replicaSet=rs0").defaultDatabase == "flows")
        #expect(try MongoConfiguration(url: "mongodb://h/?replicaSet=rs0").defaultDatabase == "swiftflow")
        try MongoConfiguration(url: "mongodb://h/?replicaSet=rs0&retryWrites=true&w=majority").validate()
    }

    @Test("a primary's URL without replicaSet works")
    func singleHost() async throws {
        let url = try TestServer.url()
        let query = try #require(url.firstIndex(of: "?"))
        let host = try #require(url.dropFirst("mongodb://".count).prefix { $0 != "/" && $0 != "?" }.split(separator: ",").first)
        #expect(url[query...].contains("replicaSet"))
        let client = try MongoClient(MongoConfiguration(url: "mongodb://\(host)/"))
        do {
            try await client.requireReplicaSet()
        } catch let error as MongoError {
            // Of several members the first need not be the primary.
            #expect(error.message.contains("not its primary"))
        }
        await client.close()
    }

    @Test(
        "a URL that asks for what the driver does not allow is refused by name",
        arguments: [
            "minPoolSize=5", "maxPoolSize=9", "waitQueueTimeoutMS=5", "journal=false", "readPreference=secondary", "w=1",
            "readConcernLevel=local",
            "retryWrites=false",
        ])
    func refused(option: String) async throws {
        let error = try await failure("mongodb://localhost/?replicaSet=rs0&\(option)")
        #expect(error.kind == .invalidURL)
        #expect(error.message.contains(option.prefix { $0 != "=" }))
    }

    @Test("values out of range are refused by name")
    func ranges() async throws {
        #expect(try await failure("mongodb://h/") { $0.normalThreads = 0 }.message.contains("normalThreads"))
        #expect(try await failure("mongodb://h/") { $0.queueLimit = 0 }.message.contains("queueLimit"))
        #expect(try await failure("mongodb://h/") { $0.socketTimeout = .seconds(1) }.message.contains("socketTimeout"))
        let short = try await failure("mongodb://h/") { $0.operationTimeLimit = .seconds(30) }
        #expect(short.message.contains("operationTimeLimit"))
        #expect(try await failure("mongodb://h/?socketTimeoutMS=1").message.contains("socketTimeoutMS"))
    }

    @Test(
        "a wrong URL is an error that shows neither user nor password",
        arguments: [
            "http://bob:se cret@host/", "mongodb://bob:sec%ret@host/", "mongodb://bob:s/ecret@host:port/", "bob:secret@host", "",
            "mongodb://", "mongodb://h\u{0}/",
        ])
    func wrongURL(url: String) async throws {
        let error = try await failure(url)
        #expect(error.kind == .invalidURL)
        #expect(!error.description.contains("cret"))
        #expect(!error.description.contains("bob"))
    }

    @Test("nobody listening, an unknown host, and wrong credentials are told apart, with advice")
    func unreachable() async throws {
        let refused = try await failure("mongodb://127.0.0.1:1/?replicaSet=rs0")
        #expect(refused.kind == .connectionRefused)
        #expect(refused.message.contains("is mongod running"))
        let unknown = try await failure("mongodb://no-such-host.invalid/?replicaSet=rs0")
        #expect(unknown.kind == .nameResolution)
        let url = try TestServer.url().replacing("mongodb://", with: "mongodb://bob:wrong-secret@")
        let denied = try await failure(url)
        #expect(denied.kind == .authentication)
        #expect(denied.message.contains("authSource"))
        #expect(!denied.isTransient)
        for error in [refused, unknown, denied] {
            #expect(error.outcome == .notApplied)
            #expect(!error.description.contains("wrong-secret"))
        }
    }

    @Test("a set of another name is no suitable server")
    func wrongSet() async throws {
        let url = try TestServer.url()
        let error = try await failure(url.replacing(/replicaSet=[^&]*/, with: "replicaSet=other"))
        #expect(error.kind == .serverSelection)
        #expect(error.isTransient)
        #expect(error.message.contains("replicaSet"))
    }

    @Test("a standalone server, a secondary and mongos are refused, with what to do")
    func serverCheck() throws {
        func refusal(_ hello: Document) -> MongoError? {
            do {
                try ServerCheck(hello).require()
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(["isWritablePrimary": true])?.message.contains("--replSet") == true)
        #expect(refusal(["isWritablePrimary": false, "setName": "rs7"])?.message.contains("replicaSet=rs7") == true)
        #expect(refusal(["isWritablePrimary": true, "msg": "isdbgrid"])?.kind == .unsuitableServer)
        #expect(refusal(["isWritablePrimary": true, "setName": "rs7"]) == nil)
    }
}
