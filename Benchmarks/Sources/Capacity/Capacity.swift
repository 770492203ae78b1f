import ArgumentParser
import CapacityModel
import Foundation

/// Simulates a cluster under a growing load and says what is used up first. See docs/scaling.md.
@main
struct Capacity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capacity", abstract: "Simulates a cluster under a growing load and says what is used up first.",
        discussion:
            "Every load is one day with a curve and bursts; its hours are shortened, its rates are not. The same options give the same table."
    )

    @Option(help: "Nodes.") var nodes = 200
    @Option(help: "Cores of the primary's machine.") var serverCores = 16
    @Option(help: "Cores of each node.") var nodeCores = 4
    @Option(help: "Members of the replica set.") var members = 3
    @Option(help: "Tasks a day at load 1.") var tasksPerDay = 10e6
    @Option(help: "The busiest moment by the day's mean.") var peakFactor = 4.0
    @Option(help: "Mean duration of a task, in seconds; 0: none.") var taskDuration = 0.5
    @Option(help: "Share of tasks that trace something.") var tracedShare = 0.5
    @Option(help: "Share of runs that are submitted in bursts.") var burstShare = 0.2
    @Option(help: "Lease of a node, in seconds.") var lease = 5.0
    @Option(help: "How long a listener waits for a hint before it asks again, in seconds.") var awaitTime = 15.0
    @Option(help: "Collections of hints; more than one is not built, see docs/scaling.md.") var signalCollections = 1
    @Option(help: "All the server's times are multiplied by this: below 1 for a faster machine.") var serverFactor = 1.0
    @Option(help: "Milliseconds from the primary's journal to the majority's acknowledgement.") var majority = 0.7
    @Option(help: "Milliseconds between two machines and back.") var roundTrip = 0.25
    @Option(parsing: .upToNextOption, help: "Loads to try, as multiples.") var loads = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000].map(
        Double.init)
    @Option(help: "Tasks to simulate for each load, about.") var tasks = 2e5
    @Option(help: "Seed of chance.") var seed: UInt64 = 1

    func validate() throws {
        guard nodes > 0, serverCores > 0, nodeCores > 0, members > 0, signalCollections > 0 else {
            throw ValidationError("nodes, cores, members and collections must be at least 1")
        }
        let positive = [tasksPerDay, lease, awaitTime, serverFactor, tasks] + loads
        guard positive.allSatisfy({ $0 > 0 && $0.isFinite }), peakFactor >= 1, peakFactor <= 10 else {
            throw ValidationError("loads, times and counts must be above 0, and the peak factor from 1 to 10")
        }
        guard [tracedShare, burstShare].allSatisfy({ (0...1).contains($0) }), taskDuration >= 0, majority >= 0, roundTrip > 0 else {
            throw ValidationError("shares must be from 0 to 1, and times must not be negative")
        }
    }

    func run() {
        print(Table.header)
        let sweep = Sweep(shape, costs, multiples: loads.sorted(), tasks: tasks) { print(Table.row($0)) }
        print("\n" + Table.costs(sweep.days.sorted { $0.multiple < $1.multiple }))
        guard let day = sweep.saturated else { return print("\nNothing is used up.") }
        print(
            "\nUsed up first: \(day.resources[0].name), at \(Table.short(day.multiple)) times the load: \(Int(day.offered.mean)) tasks a second over the day, \(Int(day.offered.peak)) in its busiest hour."
        )
    }

    private var shape: ClusterShape {
        var shape = ClusterShape()
        (shape.nodes, shape.nodeCores, shape.serverCores, shape.members) = (nodes, nodeCores, serverCores, members)
        (shape.tasksPerDay, shape.peakFactor, shape.taskDuration) = (tasksPerDay, peakFactor, taskDuration)
        (shape.tracedShare, shape.burstShare, shape.lease, shape.awaitTime) = (tracedShare, burstShare, lease, awaitTime)
        (shape.signalCollections, shape.seed) = (signalCollections, seed)
        return shape
    }

    private var costs: Costs {
        var costs = Costs().scaled(server: serverFactor)
        (costs.majority, costs.roundTrip) = (majority / 1_000, roundTrip / 1_000)
        return costs
    }
}
