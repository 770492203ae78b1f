import TestSupport
import Testing
import Workflow

@testable import Engine

@Suite("Mutex: what is lost")
struct MutexLossTests {
    private let ttl = Duration.seconds(30)
    private let author = ForcedRelease.Author(name: "ada", host: "desk", reason: "stuck")

    @Test("the mutex is extended for as long as the body runs")
    func renewal() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        let gate = BodyGate()
        async let holder = trial.keepers[0].withMutex("k", ttl: ttl) { token in
            try await gate.pass()
            return token
        }
        try await gate.arrival()
        for round in 1...10 {
            try await time.sleeper(in: .seconds(10) ... .seconds(10))
            time.advance(by: .seconds(10))
            try await trial.keepers[0].faults.wait(for: .renewLock, calls: round)
            try await time.sleeper(in: .seconds(10) ... .seconds(10))
        }
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } == nil)
        gate.open()
        #expect(try await holder > 0)
    }

    @Test("where the mutex is taken away the body is cancelled, the caller is told, and the new holder keeps it")
    func forced() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        let (old, new) = (BodyGate(), BodyGate())
        let loser = Task {
            try await trial.keepers[0].withMutex("k", ttl: ttl) { token in
                try await old.pass()
                return token
            }
        }
        try await old.arrival()
        let commander = Commander(store: trial.backend.store, keeper: trial.keepers[1])
        let lock = try await commander.heldLock("k")
        try await commander.forceRelease(lock, by: author)
        async let winner = trial.keepers[1].withMutex("k", ttl: ttl) { token in
            try await new.pass()
            return token
        }
        try await new.arrival()
        try await time.sleeper(in: .seconds(10) ... .seconds(10))
        time.advance(by: .seconds(10))
        let error = await #expect(throws: MutexLost.self) { try await loser.value }
        #expect(error?.token == lock.token && error?.reason.contains("taken away") == true)
        #expect(error?.bodyError?.contains("Cancel") == true)
        #expect(trial.keepers[0].faults.count(.releaseLock) == 0)
        new.open()
        #expect(try await winner > lock.token)
        let trace = try #require(try await commander.locks().first?.forced.first)
        #expect(trace.by == "ada" && trace.host == "desk" && trace.reason == "stuck" && trace.token == lock.token)
        await #expect(throws: CommandError.self) { try await commander.forceRelease(lock, by: author) }
    }

    @Test("a process that is cut off gives up before the store can give the mutex to another")
    func cutOff() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 2, time)
        let gate = BodyGate()
        let loser = Task { try await trial.keepers[0].withMutex("k", ttl: ttl) { _ in try await gate.pass() } }
        try await gate.arrival()
        trial.keepers[0].faults.cut()
        // The trust ends a tenth of the time to live before the lease does.
        try await time.sleeper(in: .seconds(27) ... .seconds(27))
        time.advance(by: .seconds(27))
        let error = await #expect(throws: MutexLost.self) { try await loser.value }
        #expect(error?.reason.contains("extended in time") == true)
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } == nil)
        time.advance(by: .seconds(3))
        #expect(try await trial.keepers[1].withMutexIfFree("k") { $0 } != nil)
    }

    @Test("a body that ignores the loss and returns something has not succeeded")
    func lateResult() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 1, time)
        trial.keepers[0].faults.fail(.renewLock, call: 1, .before)
        let gate = BodyGate()
        let late = Task {
            try await trial.keepers[0].withMutex("k", ttl: ttl) { token in
                _ = try? await gate.pass()
                return token
            }
        }
        try await gate.arrival()
        try await time.sleeper(in: .seconds(10) ... .seconds(10))
        time.advance(by: .seconds(40))
        let error = await #expect(throws: MutexLost.self) { try await late.value }
        #expect(error?.bodyError == nil)
    }

    @Test("a caller that is cancelled has the whole time to live to come to its end")
    func cancelled() async throws {
        let time = ManualTime()
        let trial = MutexTrial(processes: 1, time)
        let (gate, end) = (BodyGate(), BodyGate())
        let task = Task {
            try await trial.keepers[0].withMutex("k", ttl: ttl) { _ in
                try? await gate.pass()
                // What cannot be cancelled: it is waited for outside of this task.
                await Task { try? await end.pass() }.value
                return "cleaned up"
            }
        }
        try await gate.arrival()
        try await time.sleeper(in: .seconds(10) ... .seconds(10))
        time.advance(by: .seconds(9))
        task.cancel()
        try await trial.keepers[0].faults.wait(for: .renewLock, calls: 1)
        try await end.arrival()
        time.advance(by: .seconds(26))
        end.open()
        #expect(try await task.value == "cleaned up")
        #expect(trial.backend.state.value.locks["k"]?.owner == nil)
    }
}
