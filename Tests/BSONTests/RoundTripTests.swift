import BSON
import Testing

@Suite("Bytes and values")
struct RoundTripTests {
    @Test("turn into each other without loss, for a thousand random documents")
    func roundTrip() throws {
        for seed in 0..<1_000 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let document = generator.document()
            let read = try Document(validating: document.bytes)
            #expect(Document(read.map { ($0.key, $0.value) }).bytes == document.bytes, "seed \(seed)")
        }
    }

    @Test("turn into each other for every type, the deprecated ones included")
    func allTypes() throws {
        let document = try documentOfAllTypes()
        #expect(document.keys.count == 21)
        #expect(Document(document.map { ($0.key, $0.value) }) == document)
    }

    @Test("hold several documents one behind the other")
    func sequence() throws {
        var generator = SeededGenerator(seed: 7)
        let documents = (0..<20).map { _ in generator.document() }
        let bytes = documents.flatMap(\.bytes)
        #expect(try Document.sequence(validating: bytes) == documents)
        #expect(throws: BSONError.self) { try Document.sequence(validating: bytes.dropLast()) }
        #expect(throws: BSONError.self) { try Document.sequence(validating: bytes + [1]) }
    }
}

@Suite("Hostile bytes")
struct HostileBytesTests {
    private func documents() throws -> [Document] {
        try [documentOfAllTypes()]
            + (0..<40).map { seed in
                var generator = SeededGenerator(seed: UInt64(seed))
                return generator.document()
            }
    }

    /// Reads everything there is, which must not crash.
    private func walk(_ value: BSONValue) -> Int {
        switch value {
        case .document(let document): document.reduce(1) { $0 + walk($1.value) }
        case .array(let values): values.reduce(1) { $0 + walk($1) }
        default: value.description.isEmpty ? 0 : 1
        }
    }

    @Test("that end too early are refused at every length")
    func truncation() throws {
        for document in try documents() {
            for length in 0..<document.bytes.count {
                #expect(throws: BSONError.self) { try Document(validating: Array(document.bytes.prefix(length))) }
            }
        }
    }

    @Test("that end too early are refused even when the outer length is made to fit")
    func patchedTruncation() throws {
        for document in try documents() {
            for length in 5..<max(6, document.bytes.count) {
                var bytes = Array(document.bytes.prefix(length - 1)) + [0]
                withUnsafeBytes(of: Int32(length).littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
                if let accepted = try? Document(validating: bytes) { #expect(walk(.document(accepted)) > 0) }
            }
        }
    }

    @Test("with any one bit flipped are read or refused")
    func bitFlips() throws {
        for document in try documents().prefix(12) {
            for index in document.bytes.indices {
                for bit in 0..<8 {
                    var bytes = document.bytes
                    bytes[index] ^= 1 << UInt8(bit)
                    if let accepted = try? Document(validating: bytes) { #expect(walk(.document(accepted)) > 0) }
                }
            }
        }
    }

    @Test("without any structure are read or refused")
    func noise() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            var bytes = generator.bytes(count)
            if count >= 5 { withUnsafeBytes(of: Int32(count).littleEndian) { bytes.replaceSubrange(0..<4, with: $0) } }
            if let accepted = try? Document(validating: bytes) { #expect(walk(.document(accepted)) > 0) }
        }
    }

    @Test("that nest documents deeper than a hundred are refused")
    func depth() throws {
        func nested(_ depth: Int) -> Document { (1..<depth).reduce(Document()) { inner, _ in ["d": .document(inner)] } }
        #expect(try Document(validating: nested(Document.maximumDepth).bytes).isEmpty == false)
        let error = #expect(throws: BSONError.self) { try Document(validating: nested(Document.maximumDepth + 1).bytes) }
        #expect(error?.reason == .tooDeep)
    }

    @Test(
        "get an error that names the mistake and the place",
        arguments: [
            ([8, 0, 0, 0, 8, 97, 0, 2, 0], BSONError.Reason.badLength, 0),
            ([9, 0, 0, 0, 8, 97, 0, 2, 0], .invalidBool, 7),
            ([9, 0, 0, 0, 0x55, 97, 0, 2, 0], .unknownType, 4),
            ([8, 0, 0, 0, 10, 97, 98, 0], .missingTerminator, 5),
            ([14, 0, 0, 0, 2, 97, 0, 2, 0, 0, 0, 0xFF, 0, 0], .invalidUTF8, 11),
            ([14, 0, 0, 0, 2, 97, 0, 200, 0, 0, 0, 65, 0, 0], .truncated, 7),
        ])
    func reasons(bytes: [UInt8], reason: BSONError.Reason, offset: Int) {
        let error = #expect(throws: BSONError.self) { try Document(validating: bytes) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }
}
