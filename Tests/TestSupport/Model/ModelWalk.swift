import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A run's machine with a store, a clock, people who give commands and owners that are lost, in a random order that follows from a seed; beside it the reference, which is told the same.
public struct ModelWalk {
    public let model: ModelCase
    public private(set) var problems: [String] = []
    /// What happened, for people.
    public private(set) var log: [String] = []
    public private(set) var steps = 0
    var random: SeededGenerator
    var reference: ReferenceRun
    var machine: InstanceMachine?
    let keepsLog: Bool

    // What the store has.
    var instance: DagInstance
    var documents: [String: TaskInstance] = [:]
    var open: [String: Command] = [:]
    var settled: [String: CommandRecord.Status] = [:]

    // What is under way.
    struct Attempt: Hashable {
        var number: Int
        var id: String
        var attempt: Int
        var isRunAfter: Bool
    }
    struct TaskWrite {
        var task: TaskInstance
        var isFirst: Bool
        var entry: ReferenceRun.Entry
    }
    struct InstanceWrite {
        var instance: DagInstance
        var control: ReferenceRun.Control
        /// How the reference says that the run stands.
        var expected: DagInstanceStatus?
    }
    var now = Date(timeIntervalSince1970: 1_000)
    var alarms: [(due: Date, place: Int, alarm: InstanceMachine.Alarm)] = []
    var alarmCount = 0
    var startable: [Attempt] = []
    var running: [Attempt] = []
    var canceled: Set<Attempt> = []
    var calls: [String: Int] = [:]
    var begun: Set<String> = []
    var waiting: [Int: TaskWrite] = [:]
    var waitingInstance: InstanceWrite?
    var expected: DagInstanceStatus?
    var watched: [InstanceMachine.Event] = []
    var late: [TaskWrite] = []
    var awaitsInside = false
    var isReleased = false
    var lastVersion = RecordVersion.zero
    var commandsLeft: Int
    var lossesLeft: Int
    var handBacksLeft: Int
    var commandCount = 0

    public init(seed: UInt64, size: Int = 12, keepsLog: Bool = false) {
        model = ModelCase(seed: seed, size: size)
        random = SeededGenerator(seed: seed ^ 0xA5A5_5A5A)
        reference = ReferenceRun(model.dag)
        self.keepsLog = keepsLog
        commandsLeft = Bool.random(using: &random) ? Int.random(in: 0...6, using: &random) : 0
        lossesLeft = Bool.random(using: &random) ? Int.random(in: 0...4, using: &random) : 0
        handBacksLeft = Int.random(in: 0..<6, using: &random) == 0 ? 1 : 0
        instance = DagInstance(
            id: "run", dagId: "d", dagVersion: "v", version: .zero, vars: ["day": "sunday"], createdAt: Date(timeIntervalSince1970: 900))
    }

    /// Walks until nothing more can happen.
    public mutating func run() {
        dispatch()
        while problems.isEmpty, steps < 4_000, step() { steps += 1 }
        if steps >= 4_000 { complain("it does not come to rest") }
        if problems.isEmpty { checkRest() }
    }

    mutating func note(_ text: @autoclosure () -> String) { if keepsLog { log.append("\(now.timeIntervalSince1970 - 1_000): \(text())") } }

    mutating func complain(_ text: String) {
        problems.append(text)
        let all = statuses() + (reference.isAtExit ? " at exit" : "") + (reference.isHandingBack ? " handing back" : "")
        note(all)
        note("PROBLEM \(text)")
    }

    // MARK: Steps

    /// One thing that can happen now.
    /// - Returns: whether there was one.
    private mutating func step() -> Bool {
        // Time never stands still, so that no two things are due at one moment.
        now += Double.random(in: 0.000_1..<0.001, using: &random)
        guard machine != nil else { return unownedStep() }
        ring()
        if isQuiescent { checkAgreement() }
        guard problems.isEmpty else { return false }
        if lossesLeft > 0, Int.random(in: 0..<30, using: &random) == 0 {
            lossesLeft -= 1
            lose()
            return true
        }
        if commandsLeft > 0, Int.random(in: 0..<20, using: &random) == 0 {
            giveCommand()
            return true
        }
        if handBacksLeft > 0, Int.random(in: 0..<60, using: &random) == 0 {
            handBacksLeft -= 1
            note("hand back")
            reference.handBack()
            send(.handBack)
            return true
        }
        var choices: [(inout ModelWalk) -> Void] = []
        if !startable.isEmpty { choices.append { $0.start(Int.random(in: 0..<$0.startable.count, using: &$0.random)) } }
        if !running.isEmpty { choices.append { $0.end(Int.random(in: 0..<$0.running.count, using: &$0.random)) } }
        if !waiting.isEmpty {
            for _ in 0..<2 { choices.append { $0.write($0.waiting.keys.sorted().randomElement(using: &$0.random) ?? 0) } }
        }
        if !waiting.isEmpty, Int.random(in: 0..<8, using: &random) == 0 {
            choices.append { $0.writeUnheard($0.waiting.keys.sorted().randomElement(using: &$0.random) ?? 0) }
        }
        if waitingInstance != nil { choices.append { $0.writeInstance() } }
        if !late.isEmpty { choices.append { $0.writeLate() } }
        if !watched.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
            choices.append { walk in
                let event = walk.watched.remove(at: Int.random(in: 0..<walk.watched.count, using: &walk.random))
                walk.send(event)
            }
        }
        if !alarms.isEmpty, choices.isEmpty || Int.random(in: 0..<10, using: &random) == 0 { choices.append { $0.passTime() } }
        if let choice = choices.randomElement(using: &random) {
            choice(&self)
            return true
        }
        if !watched.isEmpty {
            send(watched.removeFirst())
            return true
        }
        complain("the run is stuck: \(reference.standing(at: now, parkAfter: 30)?.rawValue ?? "?") \(statuses())")
        return false
    }

    /// What happens to a run that nobody owns.
    private mutating func unownedStep() -> Bool {
        if !late.isEmpty, Bool.random(using: &random) {
            writeLate()
            return true
        }
        if commandsLeft > 0, Int.random(in: 0..<3, using: &random) == 0 {
            giveCommand()
            return true
        }
        if instance.status == .`init` {
            dispatch()
            return true
        }
        if instance.status == .parked || instance.status == .blocked, let wake = instance.wakeAt {
            now = max(now, wake.addingTimeInterval(0.001))
            dispatch()
            return true
        }
        if let command = open.values.min(by: { $0.id < $1.id }) {
            giveToLeader(command)
            return true
        }
        if commandsLeft > 0 {
            giveCommand()
            return true
        }
        return false
    }

    // MARK: Owners

    private mutating func dispatch() {
        let isFirst = instance.runEpoch == 0
        instance.version = instance.version.nextEpoch
        take(isFirst: isFirst)
    }

    private mutating func lose() {
        note("lost")
        instance.adoptions += 1
        instance.version = instance.version.nextEpoch
        forget()
        take(isFirst: false)
    }

    private mutating func forget() {
        late += waiting.values.sorted { $0.task.id < $1.task.id }
        (startable, running, canceled, waiting, waitingInstance, watched, alarms) = ([], [], [], [:], nil, [], [])
        begun = []
        awaitsInside = false
    }

    private mutating func take(isFirst: Bool) {
        let epoch = instance.version.epoch
        instance.status = .scheduled
        (instance.worker, instance.session, isReleased) = ("w\(epoch)", "s\(epoch)", false)
        for (id, task) in documents { documents[id]?.version = RecordVersion(epoch: epoch, counter: task.version.counter) }
        let tasks = documents.values.sorted { $0.id < $1.id }
        if isFirst {
            instance.runEpoch = epoch
        } else {
            instance = instance.marked(
                finishedTasks: tasks.count { $0.status.isFinal },
                underWay: tasks.filter { $0.status == .running && $0.params["items"] == nil }, adoptionLimit: .max, at: now)
        }
        lastVersion = instance.version
        note("taken at epoch \(epoch), \(tasks.map { "\($0.taskId)=\($0.status.rawValue)#\($0.attempt)" })")
        guard let machine = try? InstanceMachine(instance: instance, dag: model.dag, documents: tasks, worker: "w\(epoch)") else {
            return complain("no machine")
        }
        self.machine = machine
        reference.storedClaims = instance.claims
        reference.take(at: now, startedAt: instance.startedAt)
        let inside = instance.control?.commands ?? []
        awaitsInside = !inside.isEmpty
        for command in inside where instance.control?.applied.contains(command.id) != true { tell(command) }
        if !awaitsInside { reference.begin(at: now) }
        send(.begin, isTaking: true)
        for command in open.values.sorted(by: { $0.id < $1.id }) where !inside.contains(where: { $0.id == command.id }) {
            tell(command)
            send(.command(command))
        }
    }

    // MARK: Commands

    private mutating func giveCommand() {
        commandsLeft -= 1
        commandCount += 1
        let kinds: [Command.Kind] = [.retry, .retry, .rerun, .cancel, .cancel, .continue, .continue, .reject, .pause, .resume, .resume]
        let kind = kinds.randomElement(using: &random) ?? .retry
        var tasks: [String] = []
        if kind == .rerun || (kind != .pause && kind != .resume && Int.random(in: 0..<2, using: &random) == 0) {
            tasks = [reference.allIDs.randomElement(using: &random) ?? "t0"]
        }
        let command = Command(id: "c\(commandCount)", run: "run", kind: kind, tasks: tasks, author: Author(by: "ann", at: now))
        open[command.id] = command
        note("command \(command.id) \(kind.rawValue) \(tasks)")
        guard machine != nil else { return giveToLeader(command) }
        tell(command)
        send(.command(command))
    }

    /// The reference's word on a command, by its id.
    var verdicts: [String: CommandRecord.Status] = [:]

    private mutating func tell(_ command: Command) {
        guard !isReleased, !reference.isHandingBack, !isEnding else { return }
        guard !reference.pending.contains(where: { $0.command.id == command.id }) else { return }
        if instance.control?.applied.contains(command.id) == true {
            verdicts[command.id] = .done
        } else {
            verdicts[command.id] = reference.told(command, isOver: false)
        }
    }

    /// Whether the machine has written the last record of the run, so that it takes no commands any more.
    private var isEnding: Bool { waitingInstance.map { $0.instance.session == nil } ?? false }

    private mutating func giveToLeader(_ command: Command) {
        var look = reference
        look.take(at: now, startedAt: instance.startedAt)
        if instance.control?.applied.contains(command.id) == true {
            settle(CommandRecord(command, status: .done), isLeader: true)
        } else if look.told(command, isOver: instance.status.isFinal) == .refused {
            settle(CommandRecord(command, status: .refused), isLeader: true)
        } else {
            var control = instance.control ?? RunControl()
            control.commands.append(command)
            instance.control = control
            instance.status = .`init`
            instance.version = instance.version.next
        }
    }

    mutating func settle(_ record: CommandRecord, isLeader: Bool = false) {
        note("settled \(record.command.id) \(record.status.rawValue) \(record.result)")
        open[record.command.id] = nil
        guard settled.updateValue(record.status, forKey: record.command.id) == nil else {
            return complain("command \(record.command.id) is settled twice")
        }
        guard !isLeader, let verdict = verdicts[record.command.id] else { return }
        let isRefused = verdict == .refused
        if isRefused != (record.status == .refused) {
            complain(
                "command \(record.command.id): the machine says \(record.status.rawValue) \(record.result), the reference \(verdict.rawValue)"
            )
        }
    }
}
