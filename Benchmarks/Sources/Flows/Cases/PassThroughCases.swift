import KisFlow

/// Ten functions that hand their rows on.
enum PassThroughCases {
    static let all = [
        FlowCase(name: "pass.contents", text: "typed: 10 functions, rows committed together") { setting in
            try run(setting) { students, context in
                context.commit(contentsOf: students)
                return .next
            }
        },
        FlowCase(name: "pass.each", text: "typed: 10 functions, rows committed one by one") { setting in
            try run(setting) { students, context in
                for student in students { context.commit(student) }
                return .next
            }
        },
        FlowCase(name: "pass.reuse", text: "typed: 10 functions, data reused") { setting in
            try run(setting) { _, _ in .dataReuse }
        },
    ]

    private static func run(
        _ setting: FlowCase.Setting, _ body: @escaping @Sendable ([Student], FlowContext) async throws -> FlowAction
    ) throws -> FlowCase.Run {
        let rows = FlowRows((0..<setting.rows).map { Student(number: $0) })
        let names = (1...10).map { "pass\($0)" }
        var registry = FlowRegistry()
        for name in names { try registry.function(name, body) }
        let configuration = try FlowConfiguration(
            flows: [FlowDefinition(name: "pass", steps: names.map { .init($0) })],
            functions: names.map { FunctionDefinition(name: $0, mode: .expand) })
        let flow = try FlowCatalog(configuration, registry: registry).flow("pass")
        return {
            let result = try await flow.run(rows)
            guard result.status == .completed, result.rows.count == rows.count else {
                throw UnexpectedResult(description: "\(result.status)")
            }
            return rows.count
        }
    }
}
