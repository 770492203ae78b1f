import Foundation
import KisFlow

/// Functions of a stream of numbers, for tests that kill the worker in the middle of it.
enum NumberFunctions {
    struct Number: Codable, Sendable {
        var n: Int
    }

    static func register(in functions: inout FlowRegistry) throws {
        try functions.function("Hold") { (rows: [Number], context: FlowContext) in try await hold(rows, context) }
        try functions.function("Keep") { (rows: [Number], context: FlowContext) in
            try await context.connector.save(rows)
            return .dataReuse
        }
        try functions.fold("Sum", into: 0, { (sum: inout Int, rows: [Number], _) in sum += rows.reduce(0) { $0 + $1.n } }) { sum, context in
            context.commit(Number(n: sum))
            return .next
        }
    }

    /// At the number `at` the first who comes says so in the pipe `pipe`, and stays until somebody kills the worker.
    private static func hold(_ rows: [Number], _ context: FlowContext) async throws -> FlowAction {
        guard let at = Int(context.params["at"] ?? ""), rows.contains(where: { $0.n == at }) else { return .dataReuse }
        let pipe = try context.param("pipe")
        guard !FileManager.default.fileExists(atPath: pipe + ".held") else { return .dataReuse }
        _ = FileManager.default.createFile(atPath: pipe + ".held", contents: nil)
        if let handle = FileHandle(forWritingAtPath: pipe) { try handle.write(contentsOf: Data("held\n".utf8)) }
        try await Task.sleep(for: .seconds(120))
        return .dataReuse
    }
}
