import Engine
import Foundation
import KisFlow
import Logging
import Workflow

/// A node, a leader and a store in this process, for a developer.
struct DeveloperNode: Sendable {
    let node: Node
    let commander: Commander
    let keeper: any Keeper
    let actions: ActionRegistry
    private let flows: FlowCatalog
    private let backend: Backend

    /// Opens the store, and prepares a node that can do what the program can.
    /// - Throws: an error that lists every mistake in the files of flows, `StoreError` for a store that cannot be used.
    static func open<Program: WorkerProgram>(
        _: Program.Type, _ setup: WorkerSetup, _ place: StorePlace, _ configuration: NodeConfiguration
    ) async throws -> DeveloperNode {
        try place.prepare()
        let logger = Logger(label: Program.name)
        let backend = try await Backend.connect(url: place.url, logger: logger)
        let node = try Node(
            configuration: configuration, store: backend.store, keeper: backend.keeper, registry: setup.actions, flows: setup.flows.names,
            logger: logger)
        return DeveloperNode(
            node: node, commander: Commander(store: backend.store, keeper: backend.keeper), keeper: backend.keeper, actions: setup.actions,
            flows: setup.flows, backend: backend)
    }

    /// A key that no other node has: this process on this host.
    static func key(_ word: String) -> String {
        let host = ProcessInfo.processInfo.hostName.filter { !$0.isWhitespace && $0 != "/" }
        return "\(word)-\(host.prefix(150))-\(ProcessInfo.processInfo.processIdentifier)"
    }

    /// Runs the node for as long as `body` takes, from when the node has joined. Whatever `body` comes to, the node leaves gracefully.
    /// - Throws: what ended the node, if it could not go on; else what `body` throws.
    func working<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let events = node.events()
        var (nodeError, result): ((any Error)?, Result<Value, any Error>?)
        await withTaskGroup(of: End<Value>.self) { group in
            group.addTask {
                do { try await node.run() } catch { return .node(error) }
                return .node(nil)
            }
            group.addTask {
                for await event in events { if case .joined = event { break } }
                defer { node.stop() }
                do { return .body(.success(try await body())) } catch { return .body(.failure(error)) }
            }
            for await end in group {
                switch end {
                case .node(let error): nodeError = error
                case .body(let value): result = value
                }
                if nodeError != nil { group.cancelAll() }
            }
        }
        if let nodeError { throw nodeError }
        guard let result else { throw CancellationError() }
        return try result.get()
    }

    private enum End<Value: Sendable>: Sendable {
        case node((any Error)?)
        case body(Result<Value, any Error>)
    }

    /// Closes flows and store; nothing may use them afterwards.
    func close() async {
        await flows.close()
        await backend.close()
    }
}
