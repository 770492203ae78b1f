import KisFlow

struct FirstScores: Codable, Sendable, Hashable {
    var student: Int
    var score1: Double
    var score2: Double

    enum CodingKeys: String, CodingKey {
        case student = "stu_id"
        case score1 = "score_1"
        case score2 = "score_2"
    }
}

struct StudentAverage: Codable, Sendable, Hashable {
    var student: Int
    var average: Double

    enum CodingKeys: String, CodingKey {
        case student = "stu_id"
        case average = "avg_score"
    }
}

struct ThirdScore: Codable, Sendable, Hashable {
    var student: Int
    var score3: Double
    /// The mean of the first two scores, joined from what the other flow saved.
    var average12: Double?

    enum CodingKeys: String, CodingKey {
        case student = "stu_id"
        case score3 = "score_3"
        case average12 = "avg_score_1_2"
    }
}

/// The functions of the two student flows: CalStuAvgScore12 saves the mean of two scores, CalStuAvgScore3 loads it and adds the third.
enum StudentFunctions {
    static func register(in registry: inout FlowRegistry) throws {
        // The flow has rejected rows without stu_id; nothing else is to be checked, so the rows are not even decoded as a type.
        try registry.function("VerifyStu") { (rows: [[String: FieldValue]], _: FlowContext) in .dataReuse }
        try registry.function("AvgStuScore12") { (rows: [FirstScores], context: FlowContext) in
            for row in rows { context.commit(StudentAverage(student: row.student, average: (row.score1 + row.score2) / 2)) }
            return .next
        }
        try registry.function("SaveScoreAvg12") { (rows: [StudentAverage], context: FlowContext) in
            try await context.connector.save(rows)
            return .dataReuse
        }
        try registry.function("LoadScoreAvg12") { (rows: [ThirdScore], context: FlowContext) in try await join(rows, context) }
        try registry.function("AvgStuScore3") { (rows: [ThirdScore], context: FlowContext) in
            for row in rows {
                guard let average = row.average12 else { continue }
                context.commit(StudentAverage(student: row.student, average: (row.score3 + 2 * average) / 3))
            }
            return .next
        }
        try registry.function("PrintStuAvgScore") { (rows: [StudentAverage], context: FlowContext) in
            for row in rows { context.trace("student \(row.student): average \(row.average)") }
            return .dataReuse
        }
    }

    /// Adds the saved averages; students without one are counted and left out.
    private static func join(_ rows: [ThirdScore], _ context: FlowContext) async throws -> FlowAction {
        let saved = try await context.connector.load(StudentAverage.self)
        let averages = Dictionary(saved.map { ($0.student, $0.average) }, uniquingKeysWith: { _, last in last })
        for row in rows {
            guard let average = averages[row.student] else {
                context.count("studentsWithoutAverage")
                continue
            }
            context.commit(ThirdScore(student: row.student, score3: row.score3, average12: average))
        }
        return .next
    }
}
