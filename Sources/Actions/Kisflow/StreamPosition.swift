import Engine
import Foundation
import KisFlow

/// How far the stream of a task has come, kept in the share data of its run under `kisflow.<task>`: recorded at once though the task goes on, and
/// removed when the stream is done.
///
/// A position larger than ``sizeLimit`` (a fold with much state) is not kept; the one before it stays, and another attempt goes on from there.
struct StreamPosition: Sendable {
    /// Bytes; share data has room for 1 MiB in all.
    static let sizeLimit = 256 << 10

    private let context: ActionContext
    private let key: String

    init(_ context: ActionContext) {
        self.context = context
        key = "kisflow.\(context.taskId)"
    }

    func checkpoints() async -> StreamOptions.Checkpoints {
        let resume = await earlier()
        if let resume {
            await context.trace("goes on behind \(resume.rows) rows in \(resume.batches) batches, where an earlier attempt was")
        }
        return StreamOptions.Checkpoints(resume: resume) { checkpoint in try await keep(checkpoint) }
    }

    func clear() throws {
        if context.shareData[key] != nil { try context.shareData.set(key, nil) }
    }

    private func earlier() async -> FlowCheckpoint? {
        guard let text = context.shareData[key] else { return nil }
        do {
            return try JSONDecoder().decode(FlowCheckpoint.self, from: Data(text.utf8))
        } catch {
            await context.trace("starts from the beginning: share data '\(key)' is no position of a stream (\(error))", level: .warning)
            return nil
        }
    }

    private func keep(_ checkpoint: FlowCheckpoint) async throws {
        let text = String(decoding: try JSONEncoder().encode(checkpoint), as: UTF8.self)
        guard text.utf8.count <= Self.sizeLimit else {
            let limit = Self.sizeLimit
            return await context.trace(
                "the position behind \(checkpoint.rows) rows has \(text.utf8.count) bytes, more than \(limit): it is not kept",
                level: .debug)
        }
        try context.shareData.set(key, text)
        context.keepShareData()
    }
}
