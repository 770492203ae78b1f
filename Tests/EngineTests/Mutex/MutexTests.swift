import TestSupport
import Testing
import Workflow

@testable import Engine

@Suite("Mutex")
struct MutexTests {
    @Test("of many contenders in several processes one is inside at a time, and tokens strictly grow", arguments: [1, 2, 3] as [UInt64])
    func contenders(seed: UInt64) async throws {
        let trial = MutexTrial(processes: 4)
        let shared = Shared()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for contender in 0..<20 {
                group.addTask {
                    for round in 0..<5 {
                        try await trial.keepers[contender % 4].withMutex("k") { token in
                            var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(contender * 10 + round))
                            await shared.use(token, &random)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let state = shared.state.value
        #expect(state.most == 1 && state.uses == 100)
        #expect(zip(state.tokens, state.tokens.dropFirst()).allSatisfy { $0 < $1 })
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
    }

    @Test("different keys do not wait for each other")
    func keys() async throws {
        let keeper = MutexTrial(processes: 1).keepers[0]
        let value = try await keeper.withMutex("a") { outer in
            try await keeper.withMutex("b") { inner in "\(outer > 0 && inner > 0)" }
        }
        #expect(value == "true")
    }

    @Test("inside of the body the same mutex is entered at once with the same token, and given back only at the outer end")
    func reentrance() async throws {
        let trial = MutexTrial(processes: 1)
        let keeper = trial.keepers[0]
        try await keeper.withMutex("k") { outer in
            for _ in 0..<2 { try await keeper.withMutex("k") { inner in #expect(inner == outer) } }
            #expect(trial.backend.state.value.locks["k"]?.owner != nil)
        }
        #expect(keeper.faults.count(.acquireLock) == 1 && keeper.faults.count(.releaseLock) == 1)
    }

    @Test("calls for one holder enter together, and the last to leave gives the mutex back")
    func holder() async throws {
        let trial = MutexTrial(processes: 1)
        let keeper = trial.keepers[0]
        let (first, second) = (BodyGate(), BodyGate())
        let holder = MutexHolder(name: "me", place: "here")
        async let one = keeper.withMutex("k", holder: holder) { token in
            try await first.pass()
            return token
        }
        try await first.arrival()
        async let two = keeper.withMutex("k", holder: holder) { token in
            try await second.pass()
            return token
        }
        try await second.arrival()
        first.open()
        let token = try await one
        #expect(trial.backend.state.value.locks["k"]?.owner?.name == "me")
        second.open()
        #expect(try await two == token)
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
        #expect(keeper.faults.count(.acquireLock) == 1 && keeper.faults.count(.releaseLock) == 1)
    }

    @Test("child tasks of a body that take another mutex exclude each other there")
    func children() async throws {
        let keeper = MutexTrial(processes: 1).keepers[0]
        let shared = Shared()
        try await keeper.withMutex("a") { _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in UInt64(0)..<5 {
                    group.addTask {
                        try await keeper.withMutex("b") { token in
                            var random = SeededGenerator(seed: number)
                            await shared.use(token, &random)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(shared.state.value.most == 1 && shared.state.value.uses == 5)
    }

    @Test("calls of one process get their turn in the order in which they came, and only the first asks the store")
    func fairness() async throws {
        let trial = MutexTrial(processes: 1)
        let keeper = trial.keepers[0]
        let (gate, order) = (BodyGate(), Watched<[Int]>([]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keeper.withMutex("k") { _ in try await gate.pass() } }
            try await gate.arrival()
            for number in 0..<8 {
                group.addTask { try await keeper.withMutex("k") { _ in order.change { $0.append(number) } } }
                while keeper.localMutexes.waiting(for: "k") <= number { await Task.yield() }
            }
            #expect(keeper.faults.count(.acquireLock) == 1)
            gate.open()
            try await group.waitForAll()
        }
        #expect(order.value == Array(0..<8))
        #expect(keeper.faults.count(.acquireLock) == 9)
    }

    @Test("a release wakes a waiter of another process at once, without any clock moving on")
    func wake() async throws {
        let trial = MutexTrial(processes: 2, ManualTime())
        let gate = BodyGate()
        async let holder: Void = trial.keepers[0].withMutex("k") { _ in try await gate.pass() }
        try await gate.arrival()
        async let waiter = trial.keepers[1].withMutex("k", timeout: .seconds(3_600)) { $0 }
        try await trial.keepers[1].faults.wait(for: .acquireLock, calls: 2)
        gate.open()
        try await holder
        #expect(try await waiter > 0)
    }

    @Test("where hints are lost, a waiter looks by itself within two seconds")
    func poll() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        trial.backend.keeper.loseHints()
        let gate = BodyGate()
        async let holder: Void = trial.keepers[0].withMutex("k") { _ in try await gate.pass() }
        try await gate.arrival()
        async let waiter = trial.keepers[1].withMutex("k", timeout: .seconds(3_600)) { $0 }
        try await time.sleeper(in: .seconds(1) ... .seconds(2))
        gate.open()
        try await holder
        time.advance(by: .seconds(2))
        #expect(try await waiter > 0)
        #expect(trial.keepers[1].faults.count(.acquireLock) == 2)
    }

    @Test("without contention nobody is told of a release")
    func quiet() async throws {
        let trial = MutexTrial(processes: 2)
        let heard = Watched<[Hint]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await trial.backend.keeper.listen(session: "s") { hint in heard.change { $0.append(hint) } } }
            try await heard.wait(for: "the listener") { $0 == [.unlocked(key: nil)] }
            try await trial.keepers[0].withMutex("k") { _ in }
            #expect(heard.value == [.unlocked(key: nil)])
            group.cancelAll()
        }
    }

    @Test("a waiter whose time is up is told who holds the mutex and for how long still; the holder is left alone")
    func timeout() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        let gate = BodyGate()
        let holder = MutexHolder(name: "the import", place: "host-1")
        async let held: Void = trial.keepers[0].withMutex("k", ttl: .seconds(60), holder: holder) { _ in try await gate.pass() }
        try await gate.arrival()
        let waiter = Task { try await trial.keepers[1].withMutex("k", timeout: .milliseconds(900)) { $0 } }
        try await trial.keepers[1].faults.wait(for: .acquireLock, calls: 2)
        try await time.sleeper(in: .milliseconds(900) ... .milliseconds(900))
        time.advance(by: .seconds(1))
        let error = await #expect(throws: MutexTimeout.self) { try await waiter.value }
        #expect(error?.holder?.name == "the import")
        #expect(error?.description.contains("held by the import (host-1) for another 59.0 s") == true, "\(error?.description ?? "")")
        // Another call of the holder's own process is told the same.
        let local = Task { try await trial.keepers[0].withMutex("k", timeout: .seconds(5)) { $0 } }
        try await time.sleeper(in: .seconds(5) ... .seconds(5))
        time.advance(by: .seconds(5))
        let localError = await #expect(throws: MutexTimeout.self) { try await local.value }
        #expect(localError?.holder?.name == "the import")
        gate.open()
        try await held
    }

    @Test("withMutexIfFree asks once and gives nothing where somebody has the mutex, here or elsewhere")
    func ifFree() async throws {
        let trial = MutexTrial(processes: 2)
        let gate = BodyGate()
        async let held: Void = trial.keepers[0].withMutex("k") { _ in try await gate.pass() }
        try await gate.arrival()
        for keeper in trial.keepers { #expect(try await keeper.withMutexIfFree("k") { $0 } == nil) }
        #expect(trial.keepers[1].faults.count(.acquireLock) == 1 && trial.keepers[0].faults.count(.acquireLock) == 1)
        gate.open()
        try await held
        for keeper in trial.keepers { #expect(try await keeper.withMutexIfFree("k") { $0 } != nil) }
    }

    @Test("what the body throws is what the caller gets, and the mutex is given back")
    func bodyFails() async throws {
        let trial = MutexTrial(processes: 1)
        await #expect(throws: ActionError.self) { try await trial.keepers[0].withMutex("k") { _ in throw ActionError("no") } }
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
    }

    @Test("a cancelled waiter leaves the line, and a cancelled body gives the mutex back")
    func cancellation() async throws {
        let trial = MutexTrial(processes: 2)
        let gate = BodyGate()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await trial.keepers[0].withMutex("k") { _ in try await gate.pass() } }
            try? await gate.arrival()
            group.addTask { _ = try? await trial.keepers[0].withMutex("k") { _ in Issue.record("entered") } }
            group.addTask { _ = try? await trial.keepers[1].withMutex("k") { _ in Issue.record("entered") } }
            while trial.keepers[0].localMutexes.waiting(for: "k") == 0 { await Task.yield() }
            try? await trial.keepers[1].faults.wait(for: .acquireLock, calls: 1)
            group.cancelAll()
        }
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } != nil)
        #expect(try await trial.keepers[0].withMutexIfFree("k") { $0 } != nil)
    }

    @Test("keys and times that make no sense are refused before anything is asked", arguments: [("", 1), ("a\nb", 1), ("k", 0)])
    func refused(key: String, ttl: Int) async throws {
        let keeper = MutexTrial(processes: 1).keepers[0]
        let error = await #expect(throws: StoreError.self) { try await keeper.withMutex(key, ttl: .seconds(ttl)) { _ in } }
        #expect(error?.kind == .refused)
        #expect(keeper.faults.count(.acquireLock) == 0)
    }
}
