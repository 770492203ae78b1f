/// Virtual time: what is to happen, in the order in which it does. Of two things at one moment the one that was asked for first comes first.
final class EventQueue {
    private struct Event {
        var time: Double
        var number: Int
        var action: () -> Void

        func isBefore(_ other: Event) -> Bool { time != other.time ? time < other.time : number < other.number }
    }

    /// Seconds since the beginning.
    private(set) var now = 0.0
    private var heap: [Event] = []
    private var count = 0

    func after(_ seconds: Double, _ action: @escaping () -> Void) {
        heap.append(Event(time: now + max(seconds, 0), number: count, action: action))
        count += 1
        rise(heap.count - 1)
    }

    /// Lets everything happen that happens before `end`, and drops the rest.
    func run(until end: Double) {
        while let first = heap.first, first.time < end {
            now = first.time
            removeFirst()
            first.action()
        }
        now = end
        heap = []
    }

    private func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].isBefore(heap[least]) { least = child }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
