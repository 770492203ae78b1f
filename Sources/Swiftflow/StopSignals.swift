import Engine
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// What SIGTERM and Ctrl-C do to a node's process.
///
/// The first one stops it gracefully. A second one, as the end of the grace period, cancels what runs and hands it back. Tasks that ignore it for ten seconds, or a third
/// signal, end the process: its lease runs out then, and its work is moved.
struct StopSignals: Sendable {
    let node: Node
    let gracePeriod: Duration
    let logger: Logger
    /// Told of each signal, by its number.
    var onSignal: @Sendable (Int) -> Void = { _ in }

    /// How long cancelled tasks may take to end.
    private static let patience = Duration.seconds(10)

    /// Runs the services to their end.
    func run(_ services: ServiceGroup) async throws {
        // Before anything runs, so that no signal is missed or counted twice.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { await watch(signals, services) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func watch(_ signals: UnixSignalsSequence, _ services: ServiceGroup) async {
        await withDiscardingTaskGroup { patience in
            var count = 0
            for await _ in signals {
                count += 1
                onSignal(count)
                switch count {
                case 1:
                    await services.triggerGracefulShutdown()
                    patience.addTask { await giveUp(after: gracePeriod + Self.patience) }
                case 2:
                    logger.warning("a second signal: running tasks are cancelled")
                    node.stopAtOnce()
                    patience.addTask { await giveUp(after: Self.patience) }
                default: exit(EXIT_FAILURE)
                }
            }
        }
    }

    /// Ends the process if it has not ended by itself.
    private func giveUp(after limit: Duration) async {
        guard (try? await Task.sleep(for: limit)) != nil else { return }
        logger.critical("running tasks ignore that they are cancelled: the process ends without them")
        exit(EXIT_FAILURE)
    }
}
