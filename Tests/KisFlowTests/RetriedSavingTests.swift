import Foundation
import KisConnectors
import KisFlow
import Testing

/// What a function that saves has written when it is tried again.
@Suite("Saving again")
struct RetriedSavingTests {
    private struct Down: Error {}

    private let clock = FlowClock(now: { .zero }, sleep: { _ in })

    /// A flow that saves scores into a CSV file.
    private func flow(
        _ path: String, onError: ErrorRowPolicy = .fail,
        _ body: @escaping @Sendable ([Score], FlowContext) async throws -> FlowAction
    ) throws -> Flow {
        var test = TestFlow()
        try test.registry.registerFileConnectors()
        test.connector(ConnectorDefinition(name: "out", type: "csv", address: path))
        try test.add(FunctionDefinition(name: "save", mode: .save, connector: "out", retryTimes: 1, onError: onError), body)
        return try test.flow()
    }

    @Test("what a try wrote before it threw is undone, in a run of its own and in a stream", arguments: [false, true])
    func undone(isStream: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/out.csv"
            let flow = try flow(path) { rows, context in
                try await context.connector.save(rows)
                if context.attempt == 1 { throw Down() }
                return .dataReuse
            }
            let rows = (1...4).map { Score(id: $0, score: 0.5) }
            let options = RunOptions(clock: clock)
            if isStream {
                let source = AsyncStream { continuation in
                    for row in rows { continuation.yield(row) }
                    continuation.finish()
                }
                _ = try await flow.run(stream: source, StreamOptions(batch: BatchPolicy(maxRows: 2)), options: options)
            } else {
                _ = try await flow.run(rows, options: options)
            }
            #expect(try read(path) == "id,score\n1,0.5\n2,0.5\n3,0.5\n4,0.5\n")
        }
    }

    @Test("rows that one try has saved stay when the next one, with the rows that failed, throws")
    func kept() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/out.csv"
            let flow = try flow(path, onError: .skip) { rows, context in
                if context.attempt == 2 { throw Down() }
                try await context.connector.save(rows.filter { $0.id != 2 })
                for (number, row) in rows.enumerated() where row.id == 2 { context.fail(rowAt: number, Down()) }
                return .dataReuse
            }
            let result = try await flow.run((1...3).map { Score(id: $0, score: 0.5) }, options: RunOptions(clock: clock))
            #expect(try read(path) == "id,score\n1,0.5\n3,0.5\n")
            #expect(result.functions[0].failed == 1)
            #expect(try result.rows(as: Score.self).map(\.id) == [1, 3])
        }
    }

    @Test("a run that fails leaves the file that was there")
    func failed() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/out.csv"
            try write("before\n", to: path)
            let flow = try flow(path) { rows, context in
                try await context.connector.save(rows)
                throw Down()
            }
            await #expect(throws: FlowError.self) { _ = try await flow.run([Score(id: 1, score: 1)], options: RunOptions(clock: clock)) }
            #expect(try read(path) == "before\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.csv"])
        }
    }
}
