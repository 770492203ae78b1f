package import Engine
package import Logging
import Synchronization

/// Logs documents that do not decode, each once; above ten thousand it forgets what it has said.
package final class UnreadableLog: Sendable {
    private let logger: Logger
    private let reported = Mutex<Set<String>>([])

    package init(_ logger: Logger) { self.logger = logger }

    package func report(_ id: String, _ problem: StoreError) {
        let isNew = reported.withLock { reported in
            if reported.count > 10_000 { reported = [] }
            return reported.insert(id).inserted
        }
        if isNew { logger.error("a document does not decode and is left alone", metadata: ["id": "\(id)", "problem": "\(problem)"]) }
    }
}
