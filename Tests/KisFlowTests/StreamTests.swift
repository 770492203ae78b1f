import KisFlow
import Synchronization
import Testing

/// Batches of a stream.
@Suite("Streams")
struct StreamTests {
    /// Numbers from 1 on, made when they are asked for.
    struct Numbers: AsyncSequence, Sendable {
        let count: Int
        /// How many have been made.
        let made = Made()

        final class Made: Sendable {
            private let value = Mutex(0)
            var count: Int { value.withLock { $0 } }
            func add() { value.withLock { $0 += 1 } }
        }

        func makeAsyncIterator() -> Iterator { Iterator(count: count, made: made) }

        struct Iterator: AsyncIteratorProtocol {
            let count: Int
            let made: Made
            var next = 1

            mutating func next() async -> Int? {
                guard next <= count else { return nil }
                defer { next += 1 }
                made.add()
                return next
            }
        }
    }

    @Test("rows go through in batches of the size that is asked for, and the result counts all of them")
    func batches() async throws {
        let sizes = Notes<Int>()
        let out = Notes<Int>()
        var test = TestFlow()
        try test.add("double") { (rows: [Int], context: FlowContext) in
            sizes.add(rows.count)
            context.commit(contentsOf: rows.map { $0 * 2 })
            return .next
        }
        let result = try await test.flow().run(stream: Numbers(count: 10), StreamOptions(batch: BatchPolicy(maxRows: 4))) {
            for row in try $0.values(as: Int.self) { out.add(row) }
        }
        #expect(sizes.all == [4, 4, 2])
        #expect(out.all == (1...10).map { $0 * 2 })
        #expect(result.status == .completed && result.batches == 3 && result.rowsRead == 10 && result.rows.isEmpty)
        #expect(result.functions.map(\.rowsIn) == [10] && result.functions.map(\.rowsOut) == [10])
        #expect(result.summary.rows == 10)
    }

    @Test("a batch ends at its bytes as well")
    func bytes() async throws {
        let sizes = Notes<Int>()
        var test = TestFlow()
        try test.add("size") { (rows: [String], context: FlowContext) in
            sizes.add(rows.count)
            return .dataReuse
        }
        let rows = AsyncStream { continuation in
            for text in ["\"aaaa\"", "\"bbbb\"", "\"c\"", "\"d\"", "\"e\""] { continuation.yield(text) }
            continuation.finish()
        }
        _ = try await test.flow().run(stream: rows, StreamOptions(batch: BatchPolicy(maxRows: 100, maxBytes: 8)))
        #expect(sizes.all == [2, 3])
    }

    @Test("a batch that does not fill goes on when its first row is old enough")
    func delay() async throws {
        let (rows, feed) = AsyncStream.makeStream(of: Int.self)
        let (batches, tell) = AsyncStream.makeStream(of: [Int].self)
        let (sleeps, slept) = AsyncStream.makeStream(of: CheckedContinuation<Void, Never>.self)
        // Time passes when the test says so.
        let clock = FlowClock(now: { .zero }, sleep: { _ in await withCheckedContinuation { slept.yield($0) } })
        var test = TestFlow()
        try test.add("tell") { (rows: [Int], context: FlowContext) in
            tell.yield(rows)
            return .dataReuse
        }
        let flow = try test.flow()
        async let result = flow.run(
            stream: rows, StreamOptions(batch: BatchPolicy(maxRows: 100, maxDelay: .seconds(1))), options: RunOptions(clock: clock))
        var sleeping = sleeps.makeAsyncIterator()
        var seen = batches.makeAsyncIterator()
        feed.yield(1)
        let first = try #require(await sleeping.next())
        first.resume()
        #expect(await seen.next() == [1])
        feed.yield(2)
        let second = try #require(await sleeping.next())
        second.resume()
        #expect(await seen.next() == [2])
        feed.finish()
        #expect(try await result.batches == 2)
    }

    @Test("the source is read no faster than the flow takes rows: no more is under way than its batches", arguments: [1, 3])
    func backPressure(parallelism: Int) async throws {
        let numbers = Numbers(count: 10_000)
        let ahead = Mutex(0)
        let done = Mutex(0)
        var test = TestFlow()
        try test.add("look") { (rows: [Int], context: FlowContext) in
            let finished = done.withLock { $0 }
            ahead.withLock { $0 = max($0, numbers.made.count - finished) }
            await Task.yield()
            done.withLock { $0 += rows.count }
            return .dataReuse
        }
        let result = try await test.flow().run(
            stream: numbers, StreamOptions(batch: BatchPolicy(maxRows: 10), parallelism: parallelism))
        #expect(result.rowsRead == 10_000)
        #expect(ahead.withLock { $0 } <= (parallelism + 1) * 10, "\(ahead.withLock { $0 })")
    }

    @Test("batches run at once, and what is saved, folded and given out is in the order of the stream")
    func order() async throws {
        let saved = Notes<Int>()
        let out = Notes<Int>()
        let underWay = Mutex((now: 0, most: 0))
        var test = TestFlow()
        try test.add("work") { (rows: [Int], context: FlowContext) in
            underWay.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            // Earlier batches take longer.
            for _ in 0..<(200 - context.batch) { await Task.yield() }
            underWay.withLock { $0.now -= 1 }
            return .dataReuse
        }
        try test.add(FunctionDefinition(name: "save", mode: .save)) { (rows: [Int], context: FlowContext) in
            for row in rows { saved.add(row) }
            return .dataReuse
        }
        let flow = try test.flow()
        _ = try await flow.run(stream: Numbers(count: 200), StreamOptions(batch: BatchPolicy(maxRows: 2), parallelism: 4)) {
            for row in try $0.values(as: Int.self) { out.add(row) }
        }
        #expect(saved.all == Array(1...200))
        #expect(out.all == Array(1...200))
        #expect(underWay.withLock { $0.most } > 1)
    }

    @Test("without order every row is there once all the same, also through a fold")
    func disorder() async throws {
        let out = Notes<Int>()
        var test = TestFlow()
        try test.add("work") { (rows: [Int], context: FlowContext) in
            for _ in 0..<(context.batch % 7) * 10 { await Task.yield() }
            return .dataReuse
        }
        try test.fold("sum", into: 0, { (sum: inout Int, rows: [Int], _) in sum += rows.reduce(0, +) }) { sum, context in
            context.commit(sum)
            return .next
        }
        let flow = try test.flow()
        _ = try await flow.run(
            stream: Numbers(count: 1_000), StreamOptions(batch: BatchPolicy(maxRows: 3), parallelism: 4, isOrdered: false)
        ) { for row in try $0.values(as: Int.self) { out.add(row) } }
        #expect(out.all == [500_500])
    }

    @Test("the first error ends the stream: later batches save nothing, the source is not read on", arguments: [1, 4])
    func failure(parallelism: Int) async throws {
        let numbers = Numbers(count: 100_000)
        let saved = Notes<Int>()
        var test = TestFlow()
        try test.add("check") { (rows: [Int], context: FlowContext) in
            if rows.contains(50) { throw FlowError(.functionFailed, "fifty") }
            return .dataReuse
        }
        try test.add(FunctionDefinition(name: "save", mode: .save)) { (rows: [Int], context: FlowContext) in
            for row in rows { saved.add(row) }
            return .dataReuse
        }
        let flow = try test.flow()
        let error = try await flowError {
            _ = try await flow.run(stream: numbers, StreamOptions(batch: BatchPolicy(maxRows: 10), parallelism: parallelism))
        }
        #expect(error.description.contains("fifty"))
        #expect(saved.all == Array((1...40).prefix(saved.all.count)))
        #expect(numbers.made.count < 1_000)
    }

    @Test("abort ends the stream after the batch that asked for it, and what came before is done", arguments: [1, 4])
    func abort(parallelism: Int) async throws {
        let saved = Notes<Int>()
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "save", mode: .save)) { (rows: [Int], context: FlowContext) in
            for row in rows { saved.add(row) }
            return rows.contains(35) ? [.abort, .dataReuse] : .dataReuse
        }
        let result = try await test.flow().run(
            stream: Numbers(count: 100_000), StreamOptions(batch: BatchPolicy(maxRows: 10), parallelism: parallelism))
        #expect(result.status == .aborted(at: "save"))
        #expect(saved.all == Array(1...40))
    }

    @Test("a stream of which no batch reaches the end says where they ended; one without rows says so")
    func earlyEnd() async throws {
        var test = TestFlow()
        try test.add("drop") { (rows: [Int], context: FlowContext) in .next }
        try test.add("never") { (rows: [Int], context: FlowContext) in .next }
        let flow = try test.flow()
        let result = try await flow.run(stream: Numbers(count: 5), StreamOptions(batch: BatchPolicy(maxRows: 2)))
        #expect(result.status == .endedEarly(at: "drop", reason: "drop gave no rows for the 1 that came in"))
        let empty = try await flow.run(stream: Numbers(count: 0))
        #expect(empty.status == .endedEarly(at: "drop", reason: "the source gave no rows"))
        #expect(empty.functions.isEmpty)
    }

    @Test("a stream that throws ends the run with its error")
    func sourceError() async throws {
        struct Gone: Error {}
        var test = TestFlow()
        try test.add("pass") { (rows: [Int], context: FlowContext) in .dataReuse }
        let flow = try test.flow()
        for policy in [BatchPolicy(), BatchPolicy(maxDelay: .seconds(3_600))] {
            let rows = AsyncThrowingStream<Int, any Error> { continuation in
                continuation.yield(1)
                continuation.finish(throwing: Gone())
            }
            await #expect(throws: Gone.self) { _ = try await flow.run(stream: rows, StreamOptions(batch: policy)) }
        }
    }

    @Test("cancellation is seen between batches", arguments: [1, 3])
    func cancellation(parallelism: Int) async throws {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        var test = TestFlow()
        try test.add("pass") { (rows: [Int], context: FlowContext) in
            start.yield()
            return .dataReuse
        }
        let flow = try test.flow()
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let endless = AsyncStream { 1 }
                    _ = try await flow.run(stream: endless, StreamOptions(batch: BatchPolicy(maxRows: 5), parallelism: parallelism))
                }
                for await _ in started { break }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("a connector feeds the flow, as the type of its first function; rows that it cannot read are that function's error rows")
    func source() async throws {
        var test = TestFlow()
        try test.registry.connector(named: "numbers") { _ in ListConnector(rows: (1...25).map { #"{"id":\#($0),"score":1}"# } + ["oops"]) }
        test.connector(ConnectorDefinition(name: "numbers", type: "list"))
        let seen = Notes<Int>()
        try test.add(FunctionDefinition(name: "take", mode: .calculate, onError: .skip)) { (rows: [Score], context: FlowContext) in
            for row in rows { seen.add(row.id) }
            return .dataReuse
        }
        test.source("numbers")
        let result = try await test.flow().run(source: nil, StreamOptions(batch: BatchPolicy(maxRows: 10)))
        #expect(seen.all == Array(1...25))
        #expect(result.rowsRead == 26 && result.functions[0].failed == 1 && result.functions[0].rowsIn == 26)
    }
}
