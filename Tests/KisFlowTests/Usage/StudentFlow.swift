import KisFlow

/// Three scores of a student.
struct StudentScores: Codable, Sendable, Hashable {
    var student: Int
    var first: Int
    var second: Int
    var third: Int

    enum CodingKeys: String, CodingKey {
        case student = "stu_id"
        case first = "score_1"
        case second = "score_2"
        case third = "score_3"
    }

    init(_ student: Int, _ first: Int, _ second: Int, _ third: Int) {
        (self.student, self.first, self.second, self.third) = (student, first, second, third)
    }

    var json: String { #"{"stu_id":\#(student),"score_1":\#(first),"score_2":\#(second),"score_3":\#(third)}"# }
}

struct StudentMean: Codable, Sendable, Hashable {
    var student: Int
    var mean: Double

    enum CodingKeys: String, CodingKey {
        case student = "stu_id"
        case mean = "avg_score"
    }

    init(_ student: Int, _ mean: Double) {
        (self.student, self.mean) = (student, mean)
    }
}

/// The flow that the examples of the original's tutorial have in common: students with impossible numbers are left out, the others' scores averaged,
/// and the averages printed. Here they are noted instead.
struct StudentFlow {
    static let name = "CalStuAvgScore"

    /// The shape of the tutorial's files.
    static let documents = [
        "flow-CalStuAvgScore.yml": """
        kistype: flow
        status: 1
        flow_name: CalStuAvgScore
        flows:
            - fname: VerifyStu
              params:
                  school: Delft
                  country: NL
            - fname: AvgStuScore
              params:
                  school: Leiden
            - fname: PrintStuAvgScore
        """,
        "func-VerifyStu.yml": function("VerifyStu", "Verify"),
        "func-AvgStuScore.yml": function("AvgStuScore", "Calculate"),
        "func-PrintStuAvgScore.yml": function("PrintStuAvgScore", "Expand"),
    ]

    var registry = FlowRegistry()
    let printed = Notes<StudentMean>()

    init() throws {
        try registry.function("VerifyStu") { (rows: [StudentScores], context: FlowContext) in
            context.commit(contentsOf: rows.filter { (0...999).contains($0.student) })
            return .next
        }
        try registry.function("AvgStuScore") { (rows: [StudentScores], context: FlowContext) in
            for row in rows { context.commit(StudentMean(row.student, Double(row.first + row.second + row.third) / 3)) }
            return .next
        }
        try registry.function("PrintStuAvgScore") { [printed] (rows: [StudentMean], context: FlowContext) in
            for row in rows { printed.add(row) }
            return .next
        }
    }

    static func function(_ name: String, _ mode: String) -> String {
        """
        kistype: func
        fname: \(name)
        fmode: \(mode)
        source:
            name: scores
            must:
                - stu_id
        """
    }

    func flow(_ documents: [String: String] = documents) throws -> Flow {
        try FlowCatalog(FlowConfiguration.parse(documents), registry: registry).flow(Self.name)
    }
}
