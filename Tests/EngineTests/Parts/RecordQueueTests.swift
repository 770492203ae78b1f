import Testing

@testable import Engine

@Suite("Records that wait")
struct RecordQueueTests {
    @Test("first come, first served, one record for each document, the newest of it")
    func order() {
        var queue = RecordQueue<Int, String>()
        for number in 0..<5 { queue.put(number, id: "d\(number)", owner: "o\(number)") }
        queue.put(10, id: "d1", owner: "o10")
        let first = queue.take(limit: 3)
        #expect(first.records == [0, 10, 2] && first.owners == ["o0", "o10", "o2"])
        queue.put(40, id: "d4", owner: "o40")
        queue.put(0, id: "d0", owner: "o0")
        #expect(queue.take(limit: 3).records == [3, 40, 0])
        #expect(queue.isEmpty && queue.take(limit: 3).records.isEmpty)
    }

    @Test("nothing is lost or doubled over many turns")
    func many() {
        var queue = RecordQueue<Int, Int>()
        var taken: [Int] = []
        for number in 0..<10_000 {
            queue.put(number, id: "\(number)", owner: number)
            if number.isMultiple(of: 7) { taken += queue.take(limit: 5).records }
        }
        while !queue.isEmpty {
            let batch = queue.take(limit: 1_000)
            #expect(batch.records == batch.owners)
            taken += batch.records
        }
        #expect(taken == Array(0..<10_000))
    }
}
