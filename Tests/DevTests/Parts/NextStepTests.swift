import Foundation
import Testing
import Workflow

@testable import Engine
@testable import Swiftflow

@Suite("What to do next")
struct NextStepTests {
    private func details(_ statuses: [(String, TaskInstanceStatus)]) -> RunDetails {
        let dag = Dag(id: "d", tasks: statuses.map { Dag.Task(id: $0.0, actionName: "print") })
        let run = DagInstance(id: "r", dagId: "d", dagVersion: "v", createdAt: .init(timeIntervalSince1970: 0))
        let documents = statuses.map { id, status in
            TaskInstance(
                dagInsId: "r", dagId: "d", taskId: id, actionName: "print", dependOn: [], status: status, attempt: 1, version: .zero,
                worker: "w")
        }
        return RunDetails(instance: run, dag: dag, documents: documents)
    }

    @Test("it goes on from the tasks that failed or were canceled, three at most, with the options that were given")
    func command() {
        let next = NextStep(program: "weather", file: "my dags/d.yaml", options: ["--url", "sqlite:x.db"])
        #expect(
            next.command(after: details([("a", .success), ("b", .failed), ("c", .`init`)]))
                == "weather run 'my dags/d.yaml' --url sqlite:x.db --from b")
        let many = details((1...5).map { ("t\($0)", .canceled) })
        #expect(next.command(after: many)?.hasSuffix("--from t1 --from t2 --from t3") == true)
        #expect(next.command(after: details([("a", .success), ("b", .blocked)])) == nil)
    }

    @Test(
        "words are quoted where a shell would read something else",
        arguments: [
            ("plain-1.yaml", "plain-1.yaml"), ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("", "''"), ("$x", "'$x'"),
        ])
    func quoting(word: String, quoted: String) { #expect(NextStep.quoted(word) == quoted) }
}

@Suite("Where a developer's runs are kept")
struct StorePlaceTests {
    @Test("the command line counts before the environment, and a file in the folder is what is left")
    func precedence() {
        let environment = ["SWIFTFLOW_URL": "sqlite:env.db"]
        #expect(StorePlace(url: "sqlite:arg.db", environment: environment).url == "sqlite:arg.db")
        #expect(StorePlace(url: nil, environment: environment).url == "sqlite:env.db")
        #expect(!StorePlace(url: "", environment: environment).isDefault)
        let place = StorePlace(url: nil, environment: ["SWIFTFLOW_URL": ""])
        #expect(place.url == "sqlite:./.swiftflow/flow.db" && place.isDefault && place.keeps)
        #expect(!StorePlace.memory.keeps)
    }
}
