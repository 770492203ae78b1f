import ArgumentParser
import Engine
import Logging
import Swiftflow
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What shells complete from the store: ids of DAGs, runs, nodes and tasks. A store that does not answer within a second completes nothing.
enum StoreCompletion {
    static let dags = CompletionKind.custom { words, _, prefix in
        await ids(words) { commander in
            try await commander.dags(limit: 1_000).map(\.dag.id).filter { $0.hasPrefix(prefix) }
        }
    }

    static let runs = CompletionKind.custom { words, _, prefix in
        await ids(words) { commander in
            try await commander.list(InstanceQuery(limit: 200)).elements.map(\.id).filter { $0.hasPrefix(prefix) }
        }
    }

    static let nodes = CompletionKind.custom { words, _, prefix in
        await ids(words) { commander in try await commander.nodes().nodes.map(\.node.key).filter { $0.hasPrefix(prefix) } }
    }

    /// Tasks of the run that is among the words.
    static let tasks = CompletionKind.custom { words, _, prefix in
        await ids(words) { commander in
            for word in words.dropFirst(2) where !word.hasPrefix("-") && word != prefix {
                if let details = try? await commander.show(word) { return details.tasks.map(\.taskId).filter { $0.hasPrefix(prefix) } }
            }
            return []
        }
    }

    /// Asks the store, for a second at most.
    private static func ids(_ words: [String], _ read: @escaping @Sendable (Commander) async throws -> [String]) async -> [String] {
        guard let url = url(words) else { return [] }
        // Whoever is first; the process ends right after, and with it what still waits for the store.
        let (answers, answer) = AsyncStream<[String]>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let asking = Task.detached {
            let quiet = Logger(label: "completion") { _ in SwiftLogNoOpLogHandler() }
            guard let backend = try? await Backend.connect(url: url, creating: false, logger: quiet) else {
                answer.yield([])
                return
            }
            answer.yield((try? await read(Commander(store: backend.store, keeper: backend.keeper))) ?? [])
        }
        let limit = Task.detached {
            try? await Task.sleep(for: .seconds(1))
            answer.yield([])
        }
        defer {
            asking.cancel()
            limit.cancel()
        }
        return await answers.first { _ in true } ?? []
    }

    /// The store that the words name, or the environment.
    static func url(_ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        var given = words.first { $0.hasPrefix("--url=") }.map { String($0.dropFirst("--url=".count)) }
        if let index = words.firstIndex(of: "--url"), index + 1 < words.count { given = words[index + 1] }
        return GlobalOptions.named(given, environment)
    }
}
