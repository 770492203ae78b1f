import Engine
import Foundation

/// Writes when an attempt starts and ends, and does nothing in between but wait.
struct JournalAction: Action {
    static let name = "journal"

    struct Parameters: Codable, Sendable {
        /// How long the attempt takes.
        var millis: Int?
        /// Writes a line of trace, waits until it is durable, and notes that in the journal.
        var flush: Bool?
        /// Ends with an error.
        var fail: Bool?
        /// With this fencing token the attempt stays for two minutes: until its worker dies.
        var hangAt: Int64?
    }

    /// What the store keeps of a success: which attempt it was.
    private struct Output: Codable {
        var epoch: Int64
        var attempt: Int
    }

    let folder: String

    func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let file = try AttemptFile(folder: folder, context)
        do {
            if parameters.flush == true { await flush(context, file) }
            let time = parameters.hangAt == context.fencingToken ? 120_000 : parameters.millis ?? 0
            if time > 0 { try await Task.sleep(for: .milliseconds(time)) }
            try Task.checkCancellation()
        } catch {
            file.append("end canceled")
            throw error
        }
        file.append(parameters.fail == true ? "end failed" : "end done")
        if parameters.fail == true { throw ActionError("told to fail") }
        try context.setOutput(Output(epoch: context.fencingToken, attempt: context.attempt))
    }

    /// A flush that cancellation cut short acknowledges nothing.
    private func flush(_ context: ActionContext, _ file: borrowing AttemptFile) async {
        await context.trace("flushed \(context.fencingToken).\(context.attempt)")
        await context.trace.flush()
        if !Task.isCancelled { file.append("flushed") }
    }
}
