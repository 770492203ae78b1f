import ArgumentParser
import BSON
import Engine
import MongoDriver
import Swiftflow
import Workflow

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "The whole table, or a part of it.")

    @Option(help: "The MongoDB to measure on; its databases benchmark-* are dropped.") var url: String
    @Option(help: "How many times each figure is measured.") var rounds = 5
    @Option(help: "How many nodes.") var nodes = 1
    @Option(help: "The workload: chains, wide or mixed.") var workload = "chains"
    @Option(help: "How many flushers the floor has.") var flushers = 2

    func run() async throws {
        var configuration = MongoConfiguration(url: url)
        configuration.normalThreads = 8
        let client = try MongoClient(configuration)
        let work: Workload = switch workload {
        case "wide": .wide(100)
        case "mixed": .mixed(300)
        default: .chains(1_000)
        }
        let database = try configuration.defaultDatabase
        try await client.run("drop") { _ = try $0.command(database, ["dropDatabase": 1]) }
        let trial = try await EngineTrial(url: url, client: client, database: database)
        try await trial.apply(work.dags)
        try await trial.start(nodes, url: url)
        _ = try await trial.run(work)
        let floor = Floor(client: client, database: database)
        let trips = try await floor.roundTrip().sorted()
        print("round trip \(trips[trips.count / 2])")
        for _ in 0..<rounds {
            for (name, isEngine) in [("floor", false), ("engine", true)] {
                let (before, cpu) = (try await ServerStatistics.read(client), trial.cpuSeconds)
                let took = isEngine ? try await trial.run(work) : try await floor.run(work, flushers: flushers)
                let nodeCPU = trial.cpuSeconds - cpu
                let used = try await ServerStatistics.read(client) - before
                try await trial.check()
                let tasks = Double(work.tasks)
                let rate = tasks / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
                let counts = used.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                print(
                    "\(name): \(Int(rate)) tasks/s, server \(Int(used.cpuSeconds / tasks * 1e6)) us/task, node \(Int((nodeCPU) / tasks * 1e6)) us/task, journal \(Int(used.journalBytes / tasks)) B/task, \(counts)")
            }
        }
        await trial.stop()
        await client.close()
    }
}
