import Testing

@testable import Engine

@Suite("Records that wait")
struct RecordQueueTests {
    private let now = ContinuousClock.now

    @Test("first come, first served, one record for each document, the newest of it")
    func order() {
        var queue = RecordQueue<Int>()
        for number in 0..<5 { queue.put(number, id: "d\(number)", due: nil) }
        queue.put(10, id: "d1", due: nil)
        #expect(queue.take(limit: 3, now: now) == [0, 10, 2])
        #expect(queue.take(limit: 3, now: now) == [3, 4])
        #expect(queue.isEmpty)
    }

    @Test("a deferred record waits for its time, unless a newer one of its document comes first")
    func deferral() {
        var queue = RecordQueue<Int>()
        queue.put(1, id: "a", due: now + .seconds(1))
        queue.put(2, id: "b", due: now + .seconds(2))
        #expect(queue.take(limit: 9, now: now).isEmpty && queue.nextDue() == now + .seconds(1))
        queue.put(3, id: "a", due: nil)
        #expect(queue.take(limit: 9, now: now) == [3])
        #expect(queue.nextDue() == now + .seconds(2))
        #expect(queue.take(limit: 9, now: now + .seconds(2)) == [2])
        #expect(queue.isEmpty && queue.nextDue() == nil)
    }

    @Test("nothing is lost or doubled over many turns")
    func many() {
        var queue = RecordQueue<Int>()
        var taken: [Int] = []
        for number in 0..<10_000 {
            queue.put(number, id: "\(number)", due: number.isMultiple(of: 3) ? now + .milliseconds(number) : nil)
            if number.isMultiple(of: 7) { taken += queue.take(limit: 5, now: now + .milliseconds(number)) }
        }
        while !queue.isEmpty { taken += queue.take(limit: 1_000, now: now + .seconds(100)) }
        #expect(taken.count == 10_000 && Set(taken).count == 10_000)
    }
}
