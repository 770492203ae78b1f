import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("Retries, waits and fan-out on real processes", .serialized, .timeLimit(.minutes(1)))
    struct RetryAndWaitTests {
        @Test("a task that waits for its retry when its owner is killed has its other attempts elsewhere, and the loss counts as none")
        func retryOfKilledOwner() async throws {
            try await Cluster.with { cluster in
                let nodes = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: flaky
                    tasks:
                      - id: a
                        action: shell
                        retry: {limit: 2, backoff: {initial: 900ms, factor: 1, jitter: 0}}
                        params:
                          cwd: "\(cluster.folder.path)"
                          command: 'echo $SWIFTFLOW_ATTEMPT >> effects; test $SWIFTFLOW_ATTEMPT = 3'
                    """)
                try await cluster.submit("flaky", "r")
                try await cluster.until("r") { $0.status("a") == .retrying }
                let owner = try await cluster.owner(of: "r", among: nodes)
                owner.send(SIGKILL)
                let run = try await cluster.ended("r")
                #expect(run.instance.status == .success)
                #expect(run.instance.worker != owner.name)
                #expect(cluster.effects() == ["1", "2", "3"])
                let history = try #require(try run.task("a").history)
                #expect(history.attempts.map(\.attempt) == [1, 2])
                #expect(history.attempts.first?.worker == owner.name)
                #expect(history.retries == 2)
            }
        }

        @Test("a parked wait holds no node, and goes on after both nodes were killed and started again")
        func parkedWait() async throws {
            try await Cluster.with { cluster in
                let nodes = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: parked
                    tasks:
                      - {id: w, action: wait, params: {duration: 4s}}
                      - {id: z, action: print, dependOn: w, params: {message: over}}
                    """)
                try await cluster.submit("parked", "p")
                let parked = try await cluster.until("p", .parked)
                #expect(parked.instance.session == nil && parked.instance.wakeAt != nil)
                for node in nodes { node.send(SIGKILL) }
                for node in nodes { _ = await node.exitCode() }
                _ = try await cluster.twoNodes()
                let run = try await cluster.ended("p")
                #expect(run.instance.status == .success && run.status("z") == .success)
                let waited = try #require(try run.task("w").endedAt).timeIntervalSince(try #require(run.instance.startedAt))
                #expect(waited >= 4)
                #expect(try run.task("w").attempt == 1)
            }
        }

        @Test("a fan-out whose owner is killed in between has every item's result in its place, and never more than maxParallel at work")
        func fanOut() async throws {
            try await Cluster.with { cluster in
                let nodes = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: fan
                    tasks:
                      - {id: find, action: shell, params: {command: "echo '[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]'"}}
                      - id: load
                        action: shell
                        dependOn: find
                        forEach: {items: "{{tasks.find.output.json}}", maxParallel: 3}
                        params:
                          cwd: "\(cluster.folder.path)"
                          command: 'mkdir at-$$; ls -d at-* | wc -l >> effects; sleep 0.2; rmdir at-$$; echo {{item}}'
                      - {id: gather, action: print, dependOn: load, params: {message: "{{tasks.load.output[11].stdout}}"}}
                    """)
                try await cluster.submit("fan", "f")
                try await cluster.until("f") { details in details.tasks.count { details.isItem($0) && $0.status == .success } >= 4 }
                try await cluster.owner(of: "f", among: nodes).send(SIGKILL)
                let run = try await cluster.ended("f")
                #expect(run.instance.status == .success)
                let outputs = try #require(try run.task("load").output?.arrayValue)
                #expect(outputs.map { $0.objectValue?["stdout"]?.stringValue } == (10...21).map { "\($0)\n" })
                #expect(try run.task("gather").output == "21\n")
                // A command that was killed leaves its folder: up to three more are counted after it.
                #expect(cluster.effects().prefix(4).allSatisfy { Int($0.trimmingCharacters(in: .whitespaces)).map { $0 <= 3 } == true })
                #expect(run.tasks.count { run.isItem($0) && $0.status == .success } == 12)
            }
        }

        @Test("a sub-workflow that fails fails its task; a retry uses what the child had finished")
        func subWorkflow() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: child
                    vars: {name: {required: true}}
                    tasks:
                      - {id: first, action: shell, params: {cwd: "\(cluster.folder.path)", command: "echo first >> effects; echo {{name}}"}}
                      - id: second
                        action: shell
                        dependOn: first
                        params: {cwd: "\(cluster.folder.path)", command: "echo second >> effects; test -e mended"}
                    """)
                try await cluster.apply(
                    """
                    id: parent
                    tasks:
                      - {id: sub, action: dag, params: {dag: child, vars: {name: ada}}}
                      - {id: after, action: print, dependOn: sub, params: {message: done}}
                    """)
                try await cluster.submit("parent", "p")
                let failed = try await cluster.ended("p")
                #expect(failed.instance.status == .failed && failed.status("after") == .`init`)
                #expect(try failed.task("sub").reason.contains("second"))
                try cluster.write("mended", "")
                cluster.done(try await cluster.commander.retry("p", wait: .seconds(20)))
                let mended = try await cluster.until("p") { $0.instance.status == .success }
                #expect(mended.status("after") == .success)
                #expect(cluster.effects() == ["first", "second", "second"])
            }
        }
    }
}
