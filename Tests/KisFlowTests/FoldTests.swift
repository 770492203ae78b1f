import KisFlow
import Synchronization
import Testing

/// State over batches, and going on from where a stream stopped.
@Suite("Folds and checkpoints")
struct FoldTests {
    /// Sums that are given out at the end, and saved.
    private func flow(
        _ saved: Notes<String>, rows: Int, failsAt: Kept<Int>? = nil, parallelism: Int = 1
    ) throws -> Flow {
        var test = TestFlow()
        let texts = (1...rows).map { "\($0)" }
        try test.registry.connector(named: "numbers") { _ in ListConnector(rows: texts) }
        try test.registry.connector(named: "store") { _ in PositionedConnector(saved: saved) }
        test.connector(ConnectorDefinition(name: "numbers", type: "list"))
        test.connector(ConnectorDefinition(name: "store", type: "notes"))
        try test.add(FunctionDefinition(name: "save", mode: .save, connector: "store")) { (rows: [Int], context: FlowContext) in
            if let point = failsAt?.value, rows.contains(point) { throw ErrorRowTests.Odd(number: point) }
            try await context.connector.save(rows)
            return .dataReuse
        }
        try test.fold("sum", into: 0, { (sum: inout Int, rows: [Int], _) in sum += rows.reduce(0, +) }) { sum, context in
            context.commit(sum)
            return .next
        }
        try test.add(FunctionDefinition(name: "total", mode: .save, connector: "store")) { (rows: [Int], context: FlowContext) in
            try await context.connector.save(rows.map { -$0 })
            return .dataReuse
        }
        test.source("numbers")
        test.definition.parallelism = parallelism
        return try test.flow()
    }

    @Test("a fold sees all batches and gives what came of them once, through the functions after it")
    func fold() async throws {
        let saved = Notes<String>()
        let result = try await flow(saved, rows: 100).run(source: nil, StreamOptions(batch: BatchPolicy(maxRows: 7)))
        #expect(saved.all == (1...100).map { "\($0)" } + ["-5050"])
        #expect(result.status == .completed)
        #expect(result.functions.map(\.name) == ["save", "sum", "total"] && result.functions.map(\.rowsOut) == [100, 1, 1])
    }

    @Test("in a run on rows at hand a fold gives its rows as well; without rows it gives none and the result says where the flow ended")
    func plain() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "verify", mode: .verify, source: .init(must: ["id"]))) { (rows: [Score], _: FlowContext) in
            .dataReuse
        }
        try test.fold("best", into: -1.0, { (best: inout Double, rows: [Score], _) in best = rows.map(\.score).reduce(best, max) }) {
            best, context in
            context.commit(["best": best])
            return .next
        }
        let flow = try test.flow()
        let result = try await flow.run([Score(id: 1, score: 3), Score(id: 2, score: 9)])
        #expect(try result.rows(as: [String: Double].self) == [["best": 9]] && result.status == .completed)
        let nothing = try await flow.run([#"{"score":1}"#])
        guard case .endedEarly(at: "verify", _) = nothing.status else {
            Issue.record("\(nothing.status)")
            return
        }
        #expect(nothing.rows.isEmpty && nothing.functions.count == 1)
    }

    @Test("a fold that throws is tried again with the state that it had before")
    func retriedFold() async throws {
        let tries = Notes<Int>()
        var test = TestFlow()
        try test.registry.fold("sum", into: 0) { (sum: inout Int, rows: [Int], context: FlowContext) in
            tries.add(sum)
            sum += rows.reduce(0, +)
            if context.attempt == 1 { throw ErrorRowTests.Odd(number: sum) }
        } finish: { sum, context in
            context.commit(sum)
            return .next
        }
        test.define(FunctionDefinition(name: "sum", mode: .calculate, retryTimes: 1))
        let clock = FlowClock(now: { .zero }, sleep: { _ in })
        let result = try await test.flow().run([1, 2, 3], options: RunOptions(clock: clock))
        #expect(tries.all == [0, 0])
        #expect(try result.rows(as: Int.self) == [6])
    }

    @Test("a run goes on from the last checkpoint: source, savings, folds and counts as if it had never stopped", arguments: [1, 3])
    func resume(parallelism: Int) async throws {
        let saved = Notes<String>()
        let point = Kept<Int>(61)
        let flow = try flow(saved, rows: 100, failsAt: point, parallelism: parallelism)
        let kept = Kept<FlowCheckpoint>()
        @Sendable func options(_ resume: FlowCheckpoint?) -> StreamOptions {
            StreamOptions(
                batch: BatchPolicy(maxRows: 10),
                checkpoints: .init(resume: resume, interval: .zero) { checkpoint in kept.set(checkpoint) })
        }
        await #expect(throws: FlowError.self) { _ = try await flow.run(source: nil, options(nil)) }
        let checkpoint = try #require(kept.value)
        #expect(checkpoint.rows == 60 && checkpoint.batches == 6)
        // What a crash leaves behind the checkpoint is undone where the store can.
        saved.add("torn")
        point.set(nil)
        let written = try FlowRows([checkpoint]).values(as: String.self)
        let read = try FlowRows(written).values(as: FlowCheckpoint.self)
        #expect(read == [checkpoint])
        let result = try await flow.run(source: nil, options(read[0]))
        #expect(saved.all == (1...100).map { "\($0)" } + ["-5050"])
        #expect(result.rowsRead == 100 && result.batches == 10 && result.functions.map(\.rowsIn) == [100, 100, 1])
    }

    @Test("a checkpoint of other parameters or another flow is refused")
    func foreignCheckpoint() async throws {
        let flow = try flow(Notes<String>(), rows: 30)
        let kept = Kept<FlowCheckpoint>()
        let keep: @Sendable (FlowCheckpoint) async throws -> Void = { checkpoint in kept.set(checkpoint) }
        _ = try await flow.run(
            source: nil, StreamOptions(batch: BatchPolicy(maxRows: 10), checkpoints: .init(interval: .zero, keep: keep)))
        let checkpoint = try #require(kept.value)
        let error = try await flowError {
            _ = try await flow.run(
                source: nil, StreamOptions(checkpoints: .init(resume: checkpoint, keep: keep)), options: RunOptions(params: ["x": "y"]))
        }
        #expect(error.kind == .checkpoint)
    }

    @Test("a fold whose state cannot be written leaves the run without checkpoints, not with wrong ones")
    func unwritable() async throws {
        final class Sum: Sendable { let value = Mutex(0) }
        var test = TestFlow()
        try test.registry.connector(named: "numbers") { _ in ListConnector(rows: (1...20).map { "\($0)" }) }
        test.connector(ConnectorDefinition(name: "numbers", type: "list"))
        try test.registry.fold("sum", into: Sum()) { (sum: inout Sum, rows: [Int], _) in
            sum.value.withLock { $0 += rows.reduce(0, +) }
        } finish: { sum, context in
            context.commit(sum.value.withLock { $0 })
            return .next
        }
        test.define(FunctionDefinition(name: "sum", mode: .calculate))
        test.source("numbers")
        let count = Mutex(0)
        let out = Notes<Int>()
        _ = try await test.flow().run(
            source: nil,
            StreamOptions(batch: BatchPolicy(maxRows: 5), checkpoints: .init(interval: .zero) { _ in count.withLock { $0 += 1 } })
        ) { for row in try $0.values(as: Int.self) { out.add(row) } }
        #expect(out.all == [210] && count.withLock { $0 } == 0)
    }
}

/// A place to save to that knows how much was written and can go back.
private struct PositionedConnector: Connector {
    let saved: Notes<String>

    func load<Row: Codable & Sendable>(
        _ type: Row.Type, _ request: ConnectorRequest, _ take: (RowBatch<Row>) async throws -> Void
    ) async throws {}

    func save<Row: Codable & Sendable>(_ rows: [Row], _ request: ConnectorRequest) async throws {}

    func writer(_ request: ConnectorRequest) -> any ConnectorWriter {
        if case .int(let position) = request.resume { saved.truncate(position) }
        return Writer(saved: saved)
    }

    private struct Writer: ConnectorWriter {
        let saved: Notes<String>

        func write<Row: Codable & Sendable>(_ rows: [Row]) throws {
            for text in try FlowRows(rows).values(as: String.self) { saved.add(text) }
        }

        func commit(durable: Bool) -> FieldValue? { .int(saved.all.count) }

        func rollback() {}

        func finish() {}

        func abandon(resumable: Bool) {}
    }
}

/// A value that changes while a run goes on.
private final class Kept<Value: Sendable>: Sendable {
    private let current: Mutex<Value?>

    init(_ value: Value? = nil) {
        current = Mutex(value)
    }

    var value: Value? { current.withLock { $0 } }

    func set(_ new: Value?) {
        current.withLock { $0 = new }
    }
}
