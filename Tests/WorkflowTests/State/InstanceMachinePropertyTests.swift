import TestSupport
import Testing
import Workflow

@Suite("Any run, in any order of events")
struct InstanceMachinePropertyTests {
    /// What a run is made of, drawn from a seed.
    private struct Case {
        var dag: Dag
        var failing: Set<String>
        var random: SeededGenerator

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            let count = Int.random(in: 1...14, using: &random)
            let density = Int.random(in: 0...3, using: &random)
            failing = []
            dag = Dag(id: "d")
            var tasks: [Dag.Task] = []
            for number in 0..<count {
                let parents =
                    number == 0
                    ? [] : (0..<Int.random(in: 0...density, using: &random)).map { _ in Int.random(in: 0..<number, using: &random) }
                var task = Dag.Task(id: "t\(number)", actionName: "a", dependOn: parents.map { "t\($0)" })
                if let first = parents.first { task.params = ["from": .string("{{tasks.t\(first).output}}")] }
                switch Int.random(in: 0..<20, using: &random) {
                case 0, 1: failing.insert(task.id)
                case 2: task.preChecks = [Self.check(.skip)]
                case 3: task.preChecks = [Self.check(.block)]
                default: break
                }
                tasks.append(task)
            }
            dag.tasks = tasks.shuffled(using: &random)
        }

        private static func check(_ act: PreCheck.Act) -> PreCheck {
            PreCheck(name: "c", conditions: [.init(source: .vars, key: "day", op: .isIn, values: ["sunday"])], act: act)
        }

        func run() throws -> MachineRun {
            try MachineRun(dag, vars: ["day": "sunday"]) { [failing] id in
                failing.contains(id)
                    ? TaskOutcome(.failed(reason: "no"))
                    : TaskOutcome(.success, output: .string(id), shareData: [ShareDataEdit(key: id, value: "by \(id)")])
            }
        }

        /// How the run must end, by a plain look at the definition.
        func expected() -> (tasks: [String: TaskInstanceStatus], run: DagInstanceStatus) {
            var ends: [String: TaskInstanceStatus] = [:]
            for _ in dag.tasks {
                for task in dag.tasks where ends[task.id] == nil {
                    guard task.dependOn.allSatisfy({ ends[$0]?.letsChildrenStart == true }) else { continue }
                    ends[task.id] = end(of: task)
                }
            }
            let statuses = Set(ends.values)
            return (ends, statuses.contains(.failed) ? .failed : statuses.contains(.blocked) ? .blocked : .success)
        }

        private func end(of task: Dag.Task) -> TaskInstanceStatus {
            if let check = task.preChecks.first { return check.act == .skip ? .skipped : .blocked }
            // The output of a task that was skipped does not exist, so a template that names it fails.
            let first = task.dependOn.first.flatMap { id in dag.tasks.first { $0.id == id } }
            if let first, !first.preChecks.isEmpty { return .failed }
            return failing.contains(task.id) ? .failed : .success
        }
    }

    /// Does one thing that can happen now.
    private func step(_ run: inout MachineRun, _ random: inout SeededGenerator, owners: inout Int) throws {
        if owners > 0, Int.random(in: 0..<12, using: &random) == 0 {
            owners -= 1
            return try run.changeOwner()
        }
        var choices: [(inout MachineRun, inout SeededGenerator) -> Void] = []
        if !run.startable.isEmpty { choices.append { $0.startTask(Int.random(in: 0..<$0.startable.count, using: &$1)) } }
        if !run.running.isEmpty { choices.append { $0.endTask(Int.random(in: 0..<$0.running.count, using: &$1)) } }
        if !run.running.isEmpty { choices.append { $0.note(Int.random(in: 0..<$0.running.count, using: &$1)) } }
        if !run.waiting.isEmpty { choices.append { $0.writeTask($0.waiting.keys.sorted().randomElement(using: &$1) ?? 0) } }
        if !run.waiting.isEmpty { choices.append { $0.writeTaskUnheard($0.waiting.keys.sorted().randomElement(using: &$1) ?? 0) } }
        if !run.watched.isEmpty { choices.append { $0.outlast(Int.random(in: 0..<$0.watched.count, using: &$1)) } }
        if run.waitingInstance != nil { choices.append { run, _ in run.writeInstance() } }
        if !run.late.isEmpty { choices.append { $0.writeLate(Int.random(in: 0..<$0.late.count, using: &$1)) } }
        guard let choice = choices.randomElement(using: &random) else { return run.released.append(.canceled) }
        choice(&run, &random)
    }

    private func drive(_ seed: UInt64, owners: Int) throws {
        var example = Case(seed: seed)
        var (run, owners) = (try example.run(), owners)
        run.begin()
        var steps = 0
        while !run.isOver, steps < 10_000 {
            try step(&run, &example.random, owners: &owners)
            steps += 1
        }
        while !run.late.isEmpty { run.writeLate(0) }
        let expected = example.expected()
        #expect(run.released == [expected.run], "seed \(seed)")
        #expect(run.instance.status == expected.run, "seed \(seed)")
        #expect(run.instance.session == nil)
        #expect(run.counting.mapValues(\.status) == expected.tasks, "seed \(seed)")
        let shared = expected.tasks.filter { $0.value == .success }.map { ($0.key, "by \($0.key)") }
        #expect(run.instance.shareData == Dictionary(uniqueKeysWithValues: shared), "seed \(seed)")
        #expect(run.finished.values.allSatisfy { $0 == 1 }, "seed \(seed): \(run.finished)")
    }

    @Test("ends exactly once, as a plain look at the definition says, with every task finished at most once")
    func oneOwner() throws {
        for seed in 0..<1_500 as Range<UInt64> { try drive(seed, owners: 0) }
    }

    @Test("ends the same when its owner is lost again and again, at any point, with its last writes arriving late")
    func manyOwners() throws {
        for seed in 10_000..<11_500 as Range<UInt64> { try drive(seed, owners: 4) }
    }
}
