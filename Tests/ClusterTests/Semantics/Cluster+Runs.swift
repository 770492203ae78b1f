import Engine
import Foundation
import Testing
import Workflow

/// What the tests of features do again and again. They look at the store rather than run a program for each question: a program costs a tenth of a second.
extension Cluster {
    /// Two nodes; the first has the label `disk=ssd`. They look by themselves every half second, so that a run that waits for longer than a second is parked.
    func twoNodes() async throws -> [LoggedProcess] {
        async let first = node("worker-1", ["--poll-interval", "500ms", "--label", "disk=ssd"])
        async let second = node("worker-2", ["--poll-interval", "500ms"])
        return [try await first, try await second]
    }

    /// Applies a definition that stands in a test.
    func apply(_ text: String, location: SourceLocation = #_sourceLocation) async throws {
        try write("applied.yaml", text)
        try await succeed("dag", "apply", "applied.yaml", location: location)
    }

    @discardableResult
    func submit(_ dag: String, _ id: String, vars: [String: String] = [:]) async throws -> DagInstance {
        try await commander.run(dagId: dag, vars: vars, id: id)
    }

    /// Waits until a run is as a test wants it. The test's time limit ends the wait.
    @discardableResult
    func until(_ id: String, _ condition: (RunDetails) -> Bool) async throws -> RunDetails {
        while true {
            try Task.checkCancellation()
            if let details = try await details(id), condition(details) { return details }
        }
    }

    /// Waits for a run's end.
    func ended(_ id: String) async throws -> RunDetails { try await until(id) { $0.instance.status.isFinal } }

    func until(_ id: String, _ status: DagInstanceStatus) async throws -> RunDetails {
        try await until(id) { $0.instance.status == status }
    }

    private func details(_ id: String) async throws -> RunDetails? {
        guard try await commander.instance(id) != nil else { return nil }
        return try await commander.show(id)
    }

    /// The node that owns a run, or has had it last.
    func owner(of id: String, among nodes: [LoggedProcess]) async throws -> LoggedProcess {
        let worker = try await commander.instance(id)?.worker
        return try #require(nodes.first { $0.name == worker }, "nobody has the run \(id)")
    }

    /// Lines that tasks have written into the file `effects`.
    func effects() -> [String] { (try? read("effects").split(separator: "\n").map(String.init)) ?? [] }

    /// Waits for a command to be done.
    func done(_ record: CommandRecord, location: SourceLocation = #_sourceLocation) {
        #expect(record.status == .done, "\(record.result)", sourceLocation: location)
    }
}

extension RunDetails {
    func task(_ id: String) throws -> TaskInstance { try #require(tasks.first { $0.taskId == id }, "there is no task \(id)") }

    func status(_ id: String) -> TaskInstanceStatus? { tasks.first { $0.taskId == id }?.status }
}
