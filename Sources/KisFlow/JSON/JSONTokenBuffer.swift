/// Tokens in storage that is used again for the next text. Does not free itself.
struct JSONTokenBuffer {
    private var storage: UnsafeMutablePointer<JSONToken>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        storage = .allocate(capacity: capacity)
    }

    @inline(__always)
    subscript(_ index: Int) -> JSONToken {
        get { storage[index] }
        nonmutating set { storage[index] = newValue }
    }

    @inline(__always)
    mutating func append(_ token: JSONToken) {
        if count == capacity { grow() }
        (storage + count).initialize(to: token)
        count += 1
    }

    mutating func removeAll() { count = 0 }

    func deallocate() { storage.deallocate() }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONToken>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = larger
        capacity *= 2
    }
}
