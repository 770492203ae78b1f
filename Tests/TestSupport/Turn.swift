/// Lets one caller at a time have something of which there is only one.
public struct Turn: Sendable {
    /// The fail point `failCommand` of the server that tests share: it has one setting, so suites that use it, of whatever target, take turns.
    public static let failCommand = Turn()

    private let isTaken = Watched(false)

    public init() {}

    /// Runs `body` when it is its turn.
    public func take<R>(_ body: () async throws -> R) async throws -> R {
        while !tryTake() { try await isTaken.wait(for: "a turn", within: .seconds(300)) { !$0 } }
        defer { isTaken.change { $0 = false } }
        return try await body()
    }

    private func tryTake() -> Bool {
        isTaken.change { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
    }
}
