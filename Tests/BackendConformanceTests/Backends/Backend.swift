import Engine
import TestSupport
import Testing

/// The backends that must keep what `Store` and `Keeper` promise.
enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case mongoDB
    case sqlite

    var testDescription: String { rawValue }

    /// Runs a test on an empty backend, and removes what it left.
    func test(_ body: (Fixture) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(.memory())
        case .mongoDB: try await Fixture.withMongoDB(body)
        case .sqlite: try await Fixture.withSQLite(body)
        }
    }
}

/// One empty backend, and how its server's time passes.
struct Fixture: Sendable {
    let store: any Store
    let keeper: any Keeper
    /// Lets time pass on the server's clock: moves it, or waits.
    let pass: @Sendable (Duration) async throws -> Void
    /// The collections' names begin with this, where there are collections; the folder, where there is a file.
    var prefix = ""
    /// Connects once more, as another process would; `nil` for what is in memory.
    var connect: (@Sendable () async throws -> OwnConnection)?

    static func memory() -> Fixture {
        let clock = ManualServerClock()
        let backend = MemoryBackend(clock: clock)
        return Fixture(store: backend.store, keeper: backend.keeper, pass: { clock.advance(by: $0) })
    }
}
