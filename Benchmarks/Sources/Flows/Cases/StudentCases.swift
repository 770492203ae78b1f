import Foundation
@_spi(Benchmarks) import KisFlow

/// The tutorial's flow: students are verified, their scores averaged, the averages used.
enum StudentCases {
    static let all = [
        FlowCase(name: "json.bare", text: "JSON: bare loop") { setting in
            let texts = texts(setting)
            return {
                let decoder = BareJSON()
                var sum = 0
                for text in texts { sum &+= try decoder.row(Student.self, from: text).score_1 }
                return sum >= 0 ? texts.count : 0
            }
        },
        FlowCase(name: "json.foundation", text: "JSON: bare loop with Foundation's decoder", baseline: "json.bare") { setting in
            let texts = texts(setting)
            return {
                let decoder = JSONDecoder()
                var sum = 0
                for text in texts { sum &+= try decoder.decode(Student.self, from: Data(text.utf8)).score_1 }
                return sum >= 0 ? texts.count : 0
            }
        },
        FlowCase(name: "json.flow", text: "JSON: student averages", baseline: "json.bare") { setting in
            try run(FlowRows(texts(setting)))
        },
        FlowCase(name: "json.must", text: "JSON: student averages, all fields required", baseline: "json.bare") { setting in
            try run(FlowRows(texts(setting)), must: ["stu_id", "score_1", "score_2", "score_3"])
        },
        FlowCase(name: "typed.flow", text: "typed: student averages", baseline: nil) { setting in
            try run(FlowRows((0..<setting.rows).map { Student(number: $0) }))
        },
    ]

    private static func texts(_ setting: FlowCase.Setting) -> [String] {
        (0..<setting.rows).map { Student(number: $0).json }
    }

    private static func run(_ rows: FlowRows, must: [String] = []) throws -> FlowCase.Run {
        let flow = try flow(must: must)
        return {
            let result = try await flow.run(rows)
            guard result.status == .completed, result.rows.count == rows.count else {
                throw UnexpectedResult(description: "\(result.status)")
            }
            return rows.count
        }
    }

    private static func flow(must: [String]) throws -> Flow {
        var registry = FlowRegistry()
        try registry.function("verify") { (students: [Student], context: FlowContext) in .dataReuse }
        try registry.function("average") { (students: [Student], context: FlowContext) in
            context.commit(
                contentsOf: students.map { Average(stu_id: $0.stu_id, average: Double($0.score_1 + $0.score_2 + $0.score_3) / 3) })
            return .next
        }
        try registry.function("use") { (averages: [Average], context: FlowContext) in
            context.count("good", averages.count { $0.average > 80 })
            return .dataReuse
        }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "students", steps: [.init("verify"), .init("average"), .init("use")])],
            functions: [
                FunctionDefinition(name: "verify", mode: .verify, source: .init(must: must)),
                FunctionDefinition(name: "average", mode: .calculate), FunctionDefinition(name: "use", mode: .expand),
            ])
        return try FlowCatalog(configuration, registry: registry).flow("students")
    }
}
