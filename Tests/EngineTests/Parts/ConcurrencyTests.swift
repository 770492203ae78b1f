import TestSupport
import Testing

@testable import Engine

@Suite("Places, signals and threads")
struct ConcurrencyTests {
    @Test("no more callers hold a place than there are, and all get one in the end")
    func places() async {
        let places = Places(3)
        let held = Watched((now: 0, most: 0))
        await withDiscardingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    guard await places.enter() else { return }
                    held.change { held in
                        held.now += 1
                        held.most = max(held.most, held.now)
                    }
                    await Task.yield()
                    held.change { $0.now -= 1 }
                    places.leave()
                }
            }
        }
        #expect(held.value.now == 0)
        #expect(held.value.most <= 3)
    }

    @Test("who is cancelled while waiting gets no place, and takes none from the others")
    func cancelledWaiter() async {
        let places = Places(1)
        #expect(await places.enter())
        let cancelled = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await places.enter() }
            group.cancelAll()
            return await group.next()
        }
        #expect(cancelled == false)
        places.leave()
        #expect(await places.enter())
    }

    @Test("closing turns away who waits and who comes")
    func closed() async {
        let places = Places(1)
        #expect(await places.enter())
        async let waiting = places.enter()
        await Task.yield()
        places.close()
        #expect(await waiting == false)
        #expect(await places.enter() == false)
    }

    @Test("a signal raised before anybody waits is seen once")
    func signal() async {
        let signal = WakeSignal()
        signal.raise()
        signal.raise()
        await signal.wait(until: nil)
        await signal.wait(until: .now)
    }

    @Test("raising, a deadline and cancellation each end a wait")
    func ends() async {
        let signal = WakeSignal()
        async let woken: Void = signal.wait(until: nil)
        await Task.yield()
        signal.raise()
        await woken
        await signal.wait(until: .now + .milliseconds(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait(until: nil) }
            group.cancelAll()
        }
    }

    @Test("work on blocking threads may block all of them without holding up anybody else, and errors come back")
    func blocking() async throws {
        let threads = BlockingThreads(count: 2)
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 0..<100 { group.addTask { await threads.run { number } } }
            return await group.reduce(0, +)
        }
        #expect(sum == 4_950)
        await #expect(throws: ActionError.self) { try await threads.run { throw ActionError("no") } }
    }

    @Test("pauses grow to their limit, each at least half of what it may be")
    func backoff() {
        var backoff = Backoff(SystemHost())
        var pause = Duration.milliseconds(50)
        for _ in 0..<10 {
            let step = backoff.step()
            #expect(step >= pause / 2 && step <= pause)
            pause = min(pause * 2, .seconds(2))
        }
    }
}
