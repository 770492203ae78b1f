import SwiftflowTesting
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Runs in unit tests")
struct TestRunTests {
    private let dag: Dag = {
        var load = Dag.Task(id: "load", actionName: "http")
        load.retry = RetryPolicy(limit: 2, backoff: .init(initial: 60, jitter: 0))
        var report = Dag.Task(id: "report", actionName: "mail", dependOn: ["load"])
        report.params = ["text": .string("{{tasks.load.output}}")]
        return Dag(id: "d", tasks: [load, report])
    }()

    @Test("actions are replaced, retries wait on the virtual clock, and outputs go on to later tasks")
    func retries() async throws {
        var run = try TestRun(dag)
        run.replace("http") { call in
            if call.attempt == 1 { throw TestFailure("503") }
            return TaskOutcome(.success, output: .string("rows"))
        }
        run.replace("report") { call in TaskOutcome(.success, output: call.params["text"]) }
        let result = try await run.finish()
        #expect(result.status == .success)
        #expect(result.order == ["load", "load", "report"])
        #expect(result.attempts("load") == 2)
        #expect(result.output("report") == .string("rows"))
        #expect(result.history("load").map(\.reason) == ["503"])
        #expect(run.now.timeIntervalSince1970 == 60)
    }

    @Test("step by step: a failed run is retried, a blocked task continued, a wait cut short by cancel")
    func steps() async throws {
        var run = try TestRun(dag)
        run.replace("http") { call in
            if call.attempt == 1 { throw TestFailure("no", advice: .never) }
            return call.attempt == 2
                ? TaskOutcome(.blocked(reason: "sure?", until: nil)) : TaskOutcome(.parked(until: call.now.addingTimeInterval(3_600)))
        }
        var result = try await run.finish()
        #expect(result.status == .failed)
        result = try await run.retry("load")
        #expect(result.status == .blocked)
        result = try await run.continue("load")
        #expect(result.status(of: "load") == .parked)
        result = try await run.advance(by: .seconds(600))
        #expect(result.status == .parked)
        result = try await run.cancel()
        #expect(result.status == .canceled)
        #expect(result.status(of: "load") == .canceled && result.status(of: "report") == .`init`)
        #expect(result.commands.map(\.status) == [.done, .done, .done])
    }
}
