/// A list whose storage is used again after ``removeAll()``. Several times faster than an array in a class, whose every change is checked for uniqueness
/// and exclusivity. Not for concurrent use.
final class GrowingBuffer<Element: BitwiseCopyable> {
    private var storage: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    deinit { storage.deallocate() }

    @inline(__always)
    subscript(_ index: Int) -> Element {
        get {
            assert(index < count)
            return storage[index]
        }
        set {
            assert(index < count)
            storage[index] = newValue
        }
    }

    /// All elements, until the next change.
    @inline(__always)
    var elements: UnsafeMutableBufferPointer<Element> { UnsafeMutableBufferPointer(start: storage, count: count) }

    @inline(__always)
    func append(_ element: Element) {
        if count == capacity { grow(1) }
        storage[count] = element
        count += 1
    }

    @inline(__always)
    func append(_ elements: UnsafeBufferPointer<Element>) {
        guard let start = elements.baseAddress else { return }
        if capacity - count < elements.count { grow(elements.count) }
        (storage + count).update(from: start, count: elements.count)
        count += elements.count
    }

    func removeAll() { count = 0 }

    func removeLast(_ number: Int) { count -= number }

    @inline(never)
    private func grow(_ number: Int) {
        let larger = max(capacity * 2, count + number)
        let new = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        new.update(from: storage, count: count)
        storage.deallocate()
        storage = new
        capacity = larger
    }
}
