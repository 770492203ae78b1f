/// A JSON text and its tokens, in storage that is used again for the next text. Not for concurrent use.
///
/// Who finds a value gets its token's number. Numbers are good until the next text is read.
final class JSONTape {
    /// Offsets have 32 bits.
    static let maximumBytes = Int(Int32.max) - JSONScanner.padding

    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity = 1_024
    private var tokens = JSONTokenBuffer(capacity: 64)

    init() {
        bytes = .allocate(capacity: capacity)
    }

    deinit {
        bytes.deallocate()
        tokens.deallocate()
    }

    /// Takes a copy of the text and reads all of it. The value as a whole is token 0.
    ///
    /// - Throws: `DecodingError.dataCorrupted` with the place.
    func read(_ text: UnsafeBufferPointer<UInt8>) throws {
        tokens.removeAll()
        do {
            try scan(text)
        } catch {
            // What was read of it must not be looked at.
            tokens.removeAll()
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no JSON: \(error.reason), at byte \(error.offset)"))
        }
    }

    private func scan(_ text: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) {
        guard text.count <= Self.maximumBytes else { throw JSONSyntaxError(offset: Self.maximumBytes, reason: "the text is too long") }
        reserve(text.count + JSONScanner.padding)
        if let start = text.baseAddress { bytes.update(from: start, count: text.count) }
        (bytes + text.count).update(repeating: 0, count: JSONScanner.padding)
        var scanner = JSONScanner(base: bytes, count: text.count, tokens: tokens)
        // The buffer may have moved, also when reading ends early.
        defer { tokens = scanner.tokens }
        try scanner.scan()
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        bytes.deallocate()
        capacity = max(count, capacity * 2)
        bytes = .allocate(capacity: capacity)
    }

    // MARK: - Tokens

    @inline(__always)
    func token(_ number: Int) -> JSONToken {
        tokens[number]
    }

    @inline(__always)
    func kind(_ number: Int) -> JSONToken.Kind { tokens[number].kind }

    @inline(__always)
    func after(_ number: Int) -> Int { Int(tokens[number].next) }

    func string(_ token: JSONToken) -> String {
        String(decoding: text(token), as: UTF8.self)
    }

    @inline(__always)
    func text(_ token: JSONToken) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + Int(token.start), count: Int(token.end &- token.start))
    }

    // MARK: - Objects

    /// The first of these keys under which an object has nothing, or null.
    func missing(_ keys: [String], in object: Int) -> String? {
        // Whoever decodes the object afterwards begins at its front.
        defer { rewind(object) }
        return keys.first { key in
            guard let value = value(of: key, in: object) else { return true }
            return kind(value) == .null
        }
    }

    private func rewind(_ object: Int) {
        var state = tokens[object]
        state.end = UInt32(truncatingIfNeeded: object + 1)
        state.payload = 0
        tokens[object] = state
    }

    /// The value under a key; the first one when the key is there more than once. `nil` when it is not there.
    ///
    /// Keys are expected in the order in which they are asked for: the search goes on where the last one ended, and looks at what lies before only
    /// when a key with that hash was passed.
    func value(of key: String, in object: Int) -> Int? {
        var key = key
        return key.withUTF8 { key in
            guard let start = key.baseAddress else { return find(bytes, 0, in: object) }
            return find(start, key.count, in: object)
        }
    }

    @inline(__always)
    private func find(_ key: UnsafePointer<UInt8>, _ count: Int, in object: Int) -> Int? {
        let hash = JSONKeyHash.of(key, count)
        var state = tokens[object]
        if state.payload & JSONKeyHash.bit(hash) != 0, let value = passed(key, count, hash, object + 1, Int(state.end)) { return value }
        var place = Int(state.end)
        var value: Int?
        while value == nil, place < Int(state.next) {
            let found = tokens[place]
            state.payload |= JSONKeyHash.bit(found.payload)
            if equal(found, key, count, hash) { value = place + 1 }
            place = after(place + 1)
        }
        state.end = UInt32(truncatingIfNeeded: place)
        tokens[object] = state
        return value
    }

    private func passed(_ key: UnsafePointer<UInt8>, _ count: Int, _ hash: UInt64, _ start: Int, _ end: Int) -> Int? {
        var place = start
        while place < end {
            if equal(tokens[place], key, count, hash) { return place + 1 }
            place = after(place + 1)
        }
        return nil
    }

    @inline(__always)
    private func equal(_ token: JSONToken, _ key: UnsafePointer<UInt8>, _ count: Int, _ hash: UInt64) -> Bool {
        guard token.payload == hash, Int(token.end &- token.start) == count else { return false }
        let start = bytes + Int(token.start)
        for index in 0..<count where start[index] != key[index] { return false }
        return true
    }
}
