import Engine
import TestSupport
import Testing

/// The backends that must keep what `Store` and `Keeper` promise.
enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case mongoDB

    var testDescription: String { rawValue }

    /// Runs a test on an empty backend, and removes what it left.
    func test(_ body: (Fixture) async throws -> Void) async throws {
        switch self {
        case .memory: try await body(.memory())
        case .mongoDB: try await Fixture.withMongoDB(body)
        }
    }
}

/// One empty backend, and how its server's time passes.
struct Fixture: Sendable {
    let store: any Store
    let keeper: any Keeper
    /// Lets time pass on the server's clock: moves it, or waits.
    let pass: @Sendable (Duration) async throws -> Void
    /// The collections' names begin with this, where there are collections.
    var prefix = ""

    static func memory() -> Fixture {
        let clock = ManualServerClock()
        let backend = MemoryBackend(clock: clock)
        return Fixture(store: backend.store, keeper: backend.keeper, pass: { clock.advance(by: $0) })
    }
}
