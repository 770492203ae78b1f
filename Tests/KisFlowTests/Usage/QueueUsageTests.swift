import KisConnectors
import KisFlow
import Testing

/// 12 to 14: rows that come from outside for as long as they come. Where the original reads a message, commits it and runs a copy of the flow, ours
/// streams: in batches, with back-pressure, and several at once without copies.
@Suite("Usage: message queues")
struct QueueUsageTests {
    /// The student flow with a source, five batches at once.
    static func documents(source: String) -> [String: String] {
        var documents = StudentFlow.documents
        documents["conn-SourceStuScore.yml"] = source
        documents["flow-CalStuAvgScore.yml"] = """
            kistype: flow
            flow_name: CalStuAvgScore
            source: SourceStuScore
            batch: {max_rows: 10, max_delay: 500}
            parallelism: 5
            ordered: false
            flows: [{fname: VerifyStu}, {fname: AvgStuScore}, {fname: PrintStuAvgScore}]
            """
        return documents
    }

    @Test("12 to 14, queues: a file stands for the topic, five batches are under way at once, every message is seen once")
    func file() async throws {
        let students = try StudentFlow()
        var registry = students.registry
        try registry.registerFileConnectors()
        try await withTemporaryFolder { folder in
            let messages = (0..<1_003).map { StudentScores($0, $0, $0, $0).json }.joined(separator: "\n")
            try write(messages, to: "\(folder)/scores.jsonl")
            let source = "{kistype: conn, cname: SourceStuScore, type: jsonl, addrs: \(folder), key: scores.jsonl}"
            let catalog = FlowCatalog(try FlowConfiguration.parse(Self.documents(source: source)), registry: registry)
            let result = try await catalog.flow(StudentFlow.name).run(source: nil)
            #expect(result.status == .completed && result.rowsRead == 1_003 && result.batches == 101)
            #expect(result.functions.map(\.rowsIn) == [1_003, 1_000, 1_000])
            await catalog.close()
        }
        #expect(students.printed.all.count == 1_000)
        #expect(Set(students.printed.all) == Set((0..<1_000).map { StudentMean($0, Double($0)) }))
    }

    @Test("12 to 14, queues: five consumers of one sequence of messages, which ends when the queue is closed")
    func consumers() async throws {
        let students = try StudentFlow()
        let flow = try students.flow()
        let (messages, queue) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(100))
        async let result = flow.run(stream: messages, StreamOptions(batch: BatchPolicy(maxRows: 1), parallelism: 5, isOrdered: false))
        for student in 0..<50 { queue.yield(StudentScores(student, 1, 2, 3).json) }
        queue.finish()
        #expect(try await result.rowsRead == 50)
        #expect(Set(students.printed.all.map(\.student)) == Set(0..<50))
    }
}
