import Engine
import Foundation
import Testing
import Workflow

extension RealClusters {
    @Suite("Steering runs on real processes", .serialized, .timeLimit(.minutes(1)))
    struct SteeringTests {
        private static let author = Author(by: "ada@desk", reason: "checked", at: Date(timeIntervalSince1970: 1_700_000_000))

        /// A task that says that it has begun, and sleeps; a task at the end says how the run ended.
        private func sleeper(_ cluster: Cluster, _ started: NamedPipe) async throws {
            try await cluster.apply(
                """
                id: sleeper
                tasks:
                  - {id: nap, action: shell, params: {command: "echo $$ > '\(started.path)'; sleep 60; true"}}
                  - {id: after, action: print, dependOn: nap, params: {message: never}}
                onExit:
                  - {id: clean, action: print, params: {message: "it was {{run.status}}"}}
                """)
        }

        @Test("commander cancels a shell task within a second; its process is gone, and what cleans up has run")
        func cancelShell() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                let started = try cluster.pipe("started")
                try await sleeper(cluster, started)
                try await cluster.submit("sleeper", "s")
                let process = try #require(Int32(await started.read().trimmingCharacters(in: .whitespacesAndNewlines)))
                try await cluster.succeed("cancel", "s", "--reason", "wrong month", "--wait")
                let run = try await cluster.ended("s")
                let asked = try #require(run.instance.control?.cancel?.at)
                let took = try #require(run.instance.endedAt).timeIntervalSince(asked)
                #expect(took < 1, "it took \(took) s")
                #expect(!ProcessTable.runs(process))
                #expect(run.instance.status == .canceled && run.instance.reason.contains("wrong month"))
                #expect(run.status("nap") == .canceled && run.status("after") == .`init`)
                #expect(try run.task("clean").output == "it was canceled")
                #expect(try await cluster.command("cancel", "s", "--wait").exitCode == 5)
            }
        }

        @Test("a cancel that is given while the owner is dead is carried out by the next one")
        func cancelWithDeadOwner() async throws {
            try await Cluster.with { cluster in
                let nodes = try await cluster.twoNodes()
                let started = try cluster.pipe("started")
                try await sleeper(cluster, started)
                try await cluster.submit("sleeper", "s")
                _ = await started.read()
                let owner = try await cluster.owner(of: "s", among: nodes)
                owner.send(SIGKILL)
                _ = await owner.exitCode()
                cluster.done(try await cluster.commander.cancel("s", author: Self.author, wait: .seconds(30)))
                let run = try await cluster.ended("s")
                #expect(run.instance.status == .canceled && run.instance.worker != owner.name)
                #expect(try run.task("clean").output == "it was canceled")
                #expect(try await cluster.commander.commands(of: "s").map(\.status) == [.done])
            }
        }

        @Test("what a check blocks and what asks for approval go on when somebody says so; who, why and when is kept")
        func continueBlocked() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: blocking
                    vars: {x: {defaultValue: "1"}}
                    tasks:
                      - id: guarded
                        action: print
                        preCheck: {holiday: {act: block, conditions: [{source: vars, key: x, op: in, values: ["1"]}]}}
                        params: {message: guarded}
                      - {id: ask, action: approve, dependOn: guarded, params: {message: "publish?"}}
                      - {id: publish, action: print, dependOn: ask, params: {message: "{{tasks.ask.output.by}}"}}
                    """)
                try await cluster.submit("blocking", "b")
                _ = try await cluster.until("b", .blocked)
                #expect(try await cluster.succeed("why", "b").contains("preCheck 'holiday' holds"))
                #expect(try await cluster.command("continue", "b", "--task", "publish", "--wait").exitCode == 5)
                try await cluster.succeed("continue", "b", "--task", "guarded", "--reason", "no holiday here", "--wait")
                try await cluster.until("b") { $0.instance.status == .blocked && $0.status("ask") == .blocked }
                #expect(try await cluster.succeed("why", "b").contains("publish?"))
                cluster.done(try await cluster.commander.continue("b", author: Self.author, wait: .seconds(20)))
                let run = try await cluster.ended("b")
                #expect(run.instance.status == .success)
                #expect(try run.task("publish").output == "ada@desk")
                #expect(try run.task("guarded").history?.decision?.author.reason == "no holiday here")
                #expect(try run.task("ask").history?.decision == TaskHistory.Decision(isApproved: true, author: Self.author))
                try await cluster.submit("blocking", "no", vars: ["x": "2"])
                _ = try await cluster.until("no", .blocked)
                cluster.done(try await cluster.commander.reject("no", author: Self.author, wait: .seconds(20)))
                #expect(try await cluster.ended("no").task("ask").reason == "rejected by ada@desk: checked")
            }
        }

        @Test("a paused run starts nothing new and a paused DAG no run; both go on when they are resumed")
        func pause() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                let (started, gate) = (try cluster.pipe("started"), try cluster.pipe("gate"))
                try await cluster.apply(
                    """
                    id: paused
                    tasks:
                      - {id: a, action: shell, params: {command: "echo > '\(started.path)'; read x < '\(gate.path)'"}}
                      - {id: b, action: print, dependOn: a, params: {message: b}}
                    """)
                try await cluster.submit("paused", "r")
                _ = await started.read()
                try await cluster.succeed("pause", "r", "--wait")
                await gate.open()
                let held = try await cluster.until("r", .parked)
                #expect(held.status("a") == .success && held.status("b") == .`init`)
                #expect(try await cluster.commander.why("r").run.contains(.runPaused))
                try await cluster.succeed("dag", "pause", "paused")
                try await cluster.succeed("resume", "r", "--wait")
                // A run that has started goes on although its DAG is paused.
                #expect(try await cluster.ended("r").instance.status == .success)
                try await cluster.submit("paused", "later")
                try await cluster.apply("id: other\ntasks: [{id: a, action: print, params: {message: a}}]")
                try await cluster.submit("other", "o")
                #expect(try await cluster.ended("o").instance.status == .success)
                #expect(try await cluster.commander.instance("later")?.status == .`init`)
                #expect(try await cluster.commander.why("later").run == [.dagPaused("paused")])
                try await cluster.succeed("dag", "resume", "paused")
                _ = await started.read()
                await gate.open()
                #expect(try await cluster.ended("later").instance.status == .success)
            }
        }

        @Test("a rerun runs a task and what follows again and keeps the earlier attempts; with --var it is a new run that uses the rest")
        func rerun() async throws {
            try await Cluster.with { cluster in
                _ = try await cluster.twoNodes()
                try await cluster.apply(
                    """
                    id: steps
                    vars: {month: {defaultValue: "01"}}
                    tasks:
                      - {id: load, action: shell, params: {cwd: "\(cluster.folder.path)", command: "echo load >> effects; echo loaded {{month}}"}}
                      - {id: sum, action: print, dependOn: load, params: {message: "{{tasks.load.output.stdout}}for {{month}}"}}
                    """)
                try await cluster.submit("steps", "one")
                let first = try await cluster.ended("one")
                try await cluster.succeed("rerun", "one", "--from", "sum", "--var", "month=02", "--new-id", "two", "--wait")
                let second = try await cluster.ended("two")
                #expect(second.instance.status == .success && second.instance.vars == ["month": "02"])
                #expect(try second.task("sum").output == "loaded 01\nfor 02")
                #expect(cluster.effects() == ["load"])
                #expect(try await cluster.commander.show("one") == first)
                cluster.done(try await cluster.commander.rerun("one", from: ["load"], wait: .seconds(20)))
                let again = try await cluster.until("one") { $0.instance.status == .success }
                #expect(cluster.effects() == ["load", "load"])
                let earlier = try #require(try again.task("sum").history?.attempts.first)
                #expect(
                    earlier
                        == TaskHistory.Attempt(
                            attempt: 1, status: .success, worker: try first.task("sum").worker, startedAt: try first.task("sum").startedAt,
                            endedAt: try first.task("sum").endedAt))
            }
        }

        @Test("why names the reason of each wait")
        func why() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("only", ["--poll-interval", "500ms"])
                try await cluster.apply("id: gpu\nworker: {gpu: \"true\"}\ntasks: [{id: t, action: print, params: {message: hi}}]")
                try await cluster.apply("id: fancy\ntasks: [{id: t, action: fancy, params: {}}]")
                try await cluster.apply("id: far\ntasks: [{id: t, action: print, worker: {gpu: \"true\"}, params: {message: hi}}]")
                try await cluster.apply(
                    "id: again\ntasks: [{id: t, action: shell, retry: {limit: 1, backoff: {initial: 1h}}, params: {command: exit 3}}]")
                for dag in ["gpu", "fancy", "far", "again"] { try await cluster.submit(dag, dag) }
                let missing = WaitReason.noNode(.labels(["gpu": "true"]))
                #expect(try await cluster.commander.why("gpu").run == [missing])
                #expect(try await cluster.commander.why("fancy").run == [.noNode(.actions(["fancy"]))])
                _ = try await cluster.until("far", .parked)
                #expect(try await cluster.commander.why("far").tasks.first?.reasons.contains(missing) == true)
                let again = try await cluster.until("again", .parked)
                let time = try #require(try again.task("t").wakeAt)
                #expect(
                    try await cluster.commander.why("again").tasks.first?.reasons == [.retryAt(time, reason: "exited with code 3")])
                // A node with the label ends the wait of both.
                try await cluster.node("gpu", ["--label", "gpu=true"])
                let far = try await cluster.ended("far")
                #expect(try far.task("t").worker == "gpu")
                #expect(try await cluster.ended("gpu").instance.worker == "gpu")
            }
        }

        @Test("a rollback makes an earlier version the current one, and new runs are of it")
        func rollback() async throws {
            try await Cluster.with { cluster in
                try await cluster.node("only")
                let (old, new) = ("id: said\ntasks: [{id: t, action: print, params: {message: old}}]", "message: new}}]")
                try await cluster.apply(old)
                let version = try await cluster.commander.dag("said").version
                try await cluster.apply(old.replacingOccurrences(of: "message: old}}]", with: new))
                try await cluster.submit("said", "newer")
                #expect(try await cluster.ended("newer").task("t").output == "new")
                try await cluster.succeed("dag", "rollback", "said", String(version.prefix(8)))
                try await cluster.submit("said", "older")
                #expect(try await cluster.ended("older").task("t").output == "old")
                #expect(try await cluster.commander.history(of: "said").map(\.version).first == version)
                #expect(try await cluster.commander.history(of: "said").count == 3)
            }
        }
    }
}
