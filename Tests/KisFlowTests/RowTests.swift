import Foundation
import KisFlow
import Testing

@Suite("Rows and their types")
struct RowTests {
    /// Says how often it was written to or read from JSON.
    struct Watched: Codable, Sendable {
        static let encodings = Notes<Int>()
        var id: Int

        init(id: Int) { self.id = id }

        init(from decoder: any Decoder) throws {
            Self.encodings.add(1)
            id = try decoder.singleValueContainer().decode(Int.self)
        }

        func encode(to encoder: any Encoder) throws {
            Self.encodings.add(1)
            var container = encoder.singleValueContainer()
            try container.encode(id)
        }
    }

    @Test("a row moves as it is when the next function takes its type")
    func sameType() async throws {
        var test = TestFlow()
        try test.add("one") { (rows: [Watched], context: FlowContext) in
            context.commit(contentsOf: rows)
            return .next
        }
        try test.add("two") { (rows: [Watched], context: FlowContext) in .dataReuse }
        let result = try await test.flow().run(rows: [Watched(id: 1), Watched(id: 2)])
        #expect(try result.rows(as: Watched.self).map(\.id) == [1, 2])
        #expect(Watched.encodings.all.isEmpty)
    }

    @Test("texts, bytes, dictionaries and other types become the type that the function takes")
    func conversions() throws {
        struct Other: Codable, Sendable {
            var id: Int
            var score: Int
            var more: String
        }
        let json = #"{"id": 1, "score": 2.5}"#
        let wanted = Score(id: 1, score: 2.5)
        #expect(try FlowRows([json]).values(as: Score.self) == [wanted])
        #expect(try FlowRows([Data(json.utf8)]).values(as: Score.self) == [wanted])
        #expect(try FlowRows([Array(json.utf8)]).values(as: Score.self) == [wanted])
        #expect(try FlowRows([["id": FieldValue.int(1), "score": .double(2.5)]]).values(as: Score.self) == [wanted])
        #expect(try FlowRows([Other(id: 1, score: 3, more: "x")]).values(as: Score.self) == [Score(id: 1, score: 3)])
        #expect(try FlowRows([wanted]).values(as: String.self) == [#"{"id":1,"score":2.5}"#])
        #expect(try FlowRows([wanted]).values(as: [String: FieldValue].self) == [["id": .int(1), "score": .double(2.5)]])
    }

    @Test("rows of several types stand in the order in which they were committed")
    func mixedTypes() async throws {
        var test = TestFlow()
        try test.add("mix") { (rows: [Int], context: FlowContext) in
            context.commit(Score(id: 1, score: 1))
            context.commit(#"{"id": 2, "score": 2}"#)
            context.commit(Average(id: 3, average: 3))
            context.commit(Score(id: 4, score: 4))
            return .next
        }
        try test.add(FunctionDefinition(name: "take", mode: .calculate, onError: .skip)) { (rows: [Score], context: FlowContext) in
            context.commit(rows.map(\.id))
            return .next
        }
        let result = try await test.flow().run(rows: [0])
        #expect(try result.rows(as: [Int].self) == [[1, 2, 4]])
        #expect(result.functions[1].failed == 1)
        #expect(result.functions[1].reasons == ["field score: missing": 1])
        #expect(result.functions[1].examples.map(\.index) == [2])
    }

    @Test("a row that does not decode fails the function, with its number, field and text")
    func badRow() async throws {
        var test = TestFlow()
        try test.add("take") { (rows: [Score], context: FlowContext) in
            Issue.record("it ran with \(rows)")
            return .next
        }
        let flow = try test.flow()
        let error = try await flowError { _ = try await flow.run(rows: [#"{"id":1,"score":2}"#, #"{"id":"x","score":2}"#]) }
        #expect(error.kind == .badRow)
        #expect(error.row?.index == 1)
        #expect(error.row?.field == "id")
        #expect(error.row?.excerpt == #"{"id":"x","score":2}"#)
        #expect(error.description.hasPrefix("flow test, function take: row 1: field id: Int expected"))
    }

    @Test("text that is no JSON is a bad row with a short excerpt")
    func noJSON() throws {
        let text = String(repeating: "x", count: 5_000)
        let error = #expect(throws: FlowError.self) { try FlowRows([text]).values(as: Score.self) }
        #expect(error?.row?.excerpt.count == 201)
    }

    @Test("Verify functions reject rows that lack a field they must have, whatever type the rows have")
    func must() async throws {
        struct Loose: Codable, Sendable {
            var id: Int?
            var score: Double?
        }
        var test = TestFlow()
        let source = FunctionDefinition.Source(name: "scores", must: ["id", "score"])
        try test.add(FunctionDefinition(name: "verify", mode: .verify, source: source)) { (rows: [Loose], context: FlowContext) in
            .dataReuse
        }
        let flow = try test.flow()

        let texts = try await flow.run(rows: [#"{"id":1,"score":2}"#, #"{"id":null,"score":2}"#, #"{"id":3}"#, #"{"score":1}"#])
        #expect(texts.functions[0].rejected == 3)
        #expect(texts.functions[0].reasons == ["field id: missing": 2, "field score: missing": 1])
        #expect(try texts.rows(as: String.self) == [#"{"id":1,"score":2}"#])

        let typed = try await flow.run(rows: [Loose(id: 1, score: 2), Loose(id: nil, score: 2), Loose(id: 3, score: nil)])
        #expect(typed.functions[0].rejected == 2)
        #expect(try typed.rows(as: Loose.self).map(\.id) == [1])

        let loose = try await flow.run(rows: [["id": FieldValue.int(1), "score": .null], ["id": .int(2), "score": .int(1)]])
        #expect(loose.functions[0].rejected == 1)
    }

    @Test("rows that are texts or dictionaries for the function itself are checked as well")
    func mustInRawRows() async throws {
        let source = FunctionDefinition.Source(must: ["id"])
        var texts = TestFlow()
        try texts.add(FunctionDefinition(name: "verify", mode: .verify, source: source)) { (rows: [String], context: FlowContext) in
            .dataReuse
        }
        #expect(try await texts.flow().run(rows: [#"{"id":1}"#, "{}"]).rows(as: String.self) == [#"{"id":1}"#])

        var loose = TestFlow()
        try loose.add(FunctionDefinition(name: "verify", mode: .verify, source: source)) {
            (rows: [[String: FieldValue]], context: FlowContext) in
            .dataReuse
        }
        let rows: [[String: FieldValue]] = [["id": .null], ["id": .string("")], [:]]
        #expect(try await loose.flow().run(rows: rows).rows(as: [String: FieldValue].self) == [["id": .string("")]])
    }

    @Test("must is not checked in other modes")
    func mustElsewhere() async throws {
        var test = TestFlow()
        let definition = FunctionDefinition(name: "calculate", mode: .calculate, source: .init(must: ["nothing"]))
        try test.add(definition) { (rows: [Int], context: FlowContext) in .dataReuse }
        #expect(try await test.flow().run(rows: [1]).functions[0].rejected == 0)
    }

    @Test("reasons and examples of bad rows are bounded")
    func boundedReasons() async throws {
        var test = TestFlow()
        try test.add(FunctionDefinition(name: "take", mode: .expand, onError: .skip)) { (rows: [[String: Int]], context: FlowContext) in
            .dataReuse
        }
        let result = try await test.flow().run(rows: (0..<500).map { #"{"field\#($0)":"x"}"# })
        let report = result.functions[0]
        #expect(report.failed == 500)
        #expect(report.reasons.count == 21)
        #expect(report.reasons.values.reduce(0, +) == 500)
        #expect(report.examples.count == 5)
    }
}
