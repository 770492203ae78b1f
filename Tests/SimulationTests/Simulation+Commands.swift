import TestSupport
import Workflow

@testable import Engine

/// People who tell runs something: in the middle of all that goes wrong, and, when faults have stopped, what is needed for every run to end.
extension Simulation {
    func tell(_ telling: Scenario.Telling, number: Int) {
        send(
            Command(
                id: "c\(number)", run: telling.run, kind: telling.kind, tasks: telling.task.map { [$0] } ?? [],
                author: Author(by: "client", at: Server.date(world.time))))
    }

    /// Gives a command as often as it takes until it is kept.
    private func send(_ command: Command) {
        let sender = Machine("client", world: world, server: network.primary)
        let commander = Commander(
            store: SimulatedStore(machine: sender, network: network, mutation: mutation, observer: observer),
            keeper: SimulatedKeeper(machine: sender, network: network, mutation: mutation, observer: observer), host: sender)
        observer.given.insert(command.id)
        sender.start { [observer] in
            while !Task.isCancelled {
                do {
                    _ = try await commander.send(command)
                    observer.kept.insert(command.id)
                    return
                } catch { try? await sender.sleep(until: sender.now + .milliseconds(200)) }
            }
        }
    }

    /// Looks now and then for what stands still until somebody says something, and says it.
    func lookAfterRuns(_ round: Int = 0) {
        guard !observer.given.isEmpty || scenario.isRich else { return }
        // A node that joins anew while it drains goes on draining.
        for slot in slots where network.primary.state.nodes[slot.key]?.isDraining == true { setDraining(false, slot) }
        let state = network.primary.committed
        let busy = Set(state.commands.values.filter { !$0.status.isSettled }.map(\.command.run))
        for run in state.instances.values.sorted(by: { $0.id < $1.id }) where !run.status.isFinal && !busy.contains(run.id) {
            let isBlocked = state.tasks(of: run.id).values.contains { $0.status == .blocked }
            guard let kind: Command.Kind = observer.isPaused(run.id) ? .resume : isBlocked ? .continue : nil else { continue }
            send(Command(id: "z\(round).\(run.id)", run: run.id, kind: kind, author: Author(by: "client", at: Server.date(world.time))))
        }
        world.after(Int64(scenario.ttl * 1_000_000_000)) { self.lookAfterRuns(round + 1) }
    }
}
