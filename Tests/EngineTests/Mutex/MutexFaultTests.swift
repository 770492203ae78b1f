import TestSupport
import Testing
import Workflow

@testable import Engine

@Suite("Mutex: a database that fails")
struct MutexFaultTests {
    @Test(
        "an error before or after any step never lets two in, and never leaves the mutex behind",
        arguments: [.acquireLock, .renewLock, .releaseLock] as [Faults.Verb], [.before, .after] as [Faults.Moment])
    func everyStep(verb: Faults.Verb, moment: Faults.Moment) async throws {
        let trial = MutexTrial(processes: 3)
        let shared = Shared()
        for keeper in trial.keepers { for call in [1, 3] { keeper.faults.fail(verb, call: call, moment) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await trial.keepers[number % 3].withMutex("k", ttl: .seconds(20)) { token in
                        var random = SeededGenerator(seed: UInt64(number))
                        await shared.use(token, &random)
                    }
                }
            }
            try await group.waitForAll()
        }
        let state = shared.state.value
        #expect(state.most == 1 && state.uses == 12)
        #expect(zip(state.tokens, state.tokens.dropFirst()).allSatisfy { $0 < $1 })
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
    }

    @Test("a renewal that fails is tried again in time, and the body goes on")
    func renewalFails() async throws {
        for moment in [Faults.Moment.before, .after] {
            let time = ManualTime()
            let trial = MutexTrial(processes: 1, time)
            let keeper = trial.keepers[0]
            keeper.faults.fail(.renewLock, moment)
            let gate = BodyGate()
            async let holder = keeper.withMutex("k", ttl: .seconds(30)) { token in
                try await gate.pass()
                return token
            }
            try await gate.arrival()
            try await time.sleeper(in: .seconds(10) ... .seconds(10))
            time.advance(by: .seconds(10))
            try await time.sleeper(in: .milliseconds(2_500) ... .milliseconds(2_500))
            time.advance(by: .milliseconds(2_500))
            try await time.sleeper(in: .seconds(10) ... .seconds(10))
            gate.open()
            #expect(try await holder > 0)
        }
    }

    @Test("an acquisition whose answer was lost counts once: one release frees the mutex")
    func lostAnswer() async throws {
        let trial = MutexTrial(processes: 2)
        trial.keepers[0].faults.fail(.acquireLock, .after)
        try await trial.keepers[0].withMutex("k") { _ in }
        #expect(trial.keepers[0].faults.count(.acquireLock) == 2)
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } != nil)
    }

    @Test("an acquisition that is given up after its answer was lost does not keep the mutex")
    func givenUp() async throws {
        let trial = MutexTrial(processes: 2)
        trial.keepers[0].faults.fail(.acquireLock, .after)
        let error = await #expect(throws: StoreError.self) { try await trial.keepers[0].withMutexIfFree("k") { _ in } }
        #expect(error?.isTransient == true)
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } != nil)
    }

    @Test("a release whose answer was lost is no error, and harms nobody who came after")
    func lostRelease() async throws {
        let trial = MutexTrial(processes: 2)
        trial.keepers[0].faults.fail(.releaseLock, .after)
        let gate = BodyGate()
        #expect(try await trial.keepers[0].withMutex("k") { _ in "done" } == "done")
        async let next: Void = trial.keepers[1].withMutex("k") { _ in try await gate.pass() }
        try await gate.arrival()
        #expect(trial.backend.state.value.locks["k"]?.owner != nil)
        gate.open()
        try await next
    }

    @Test("a slow answer is no ground to start on")
    func slowAnswer() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        let hold = trial.keepers[0].faults.hold(.acquireLock)
        let slow = Task { try await trial.keepers[0].withMutexIfFree("k", ttl: .seconds(30)) { $0 } }
        try await hold.arrival()
        // The request is under way for longer than the lease is trusted.
        time.advance(by: .seconds(28))
        hold.release()
        await #expect(throws: StoreError.self) { try await slow.value }
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } != nil)
    }

    // MARK: Defects of fastflow that must not exist here

    @Test("fastflow 1: a database error while locking is never a success")
    func fastflow1() async throws {
        let trial = MutexTrial(processes: 1)
        trial.keepers[0].faults.cut()
        await #expect(throws: StoreError.self) { try await trial.keepers[0].withMutexIfFree("k") { _ in Issue.record("entered") } }
        let error = await #expect(throws: MutexTimeout.self) {
            try await trial.keepers[0].withMutex("k", timeout: .milliseconds(200)) { _ in Issue.record("entered") }
        }
        #expect(error?.description.contains("the store does not answer") == true)
        #expect(trial.keepers[0].faults.count(.acquireLock) > 2)
    }

    @Test("fastflow 2: a mutex that was taken over from a dead holder is free as soon as the new one gives it back")
    func fastflow2() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 3, time)
        let dead = LockOwner(id: "dead", name: "dead", place: "nowhere")
        guard case .acquired(let token) = try await trial.keepers[0].acquireLock("k", owner: dead, ttl: .seconds(10)) else {
            Issue.record("not acquired")
            return
        }
        time.advance(by: .seconds(10))
        #expect(try await trial.keepers[1].withMutex("k", ttl: .seconds(600)) { $0 } > token)
        #expect(try await trial.keepers[2].withMutexIfFree("k") { $0 } != nil)
        #expect(try await trial.keepers[0].releaseLock("k", owner: "dead", token: token) == .notHeld)
    }

    @Test("fastflow 3: a holder that was stopped past its lease learns of it, and its token is lower than its successor's")
    func fastflow3() async throws {
        // Two machines whose clocks have nothing in common; the server's clock goes with the second.
        let (stopped, awake) = (ManualTime(), ManualTime())
        let backend = MemoryBackend(clock: awake.server)
        let (old, new) = (FaultyKeeper(backend.keeper, host: stopped), FaultyKeeper(backend.keeper, host: awake))
        let gate = BodyGate()
        let tokens = Watched<[Int64]>([])
        let zombie = Task {
            try await old.withMutex("k", ttl: .seconds(10)) { token in
                tokens.change { $0.append(token) }
                try await gate.pass()
            }
        }
        try await gate.arrival()
        awake.advance(by: .seconds(11))
        let token = try await new.withMutex("k", ttl: .seconds(10)) { $0 }
        #expect(token > tokens.value[0])
        // It wakes, and its first renewal says no.
        try await stopped.sleeper(in: .seconds(3) ... .seconds(4))
        stopped.advance(by: .seconds(4))
        await #expect(throws: MutexLost.self) { try await zombie.value }
    }
}
