import Foundation
import KisFlow
import Testing

@Suite("JSON against Foundation and the grammar")
struct JSONPropertyTests {
    private let foundation = JSONDecoder()
    private let codec = RowCodec()

    @Test("valid texts have the values that Foundation sees", arguments: 0..<4 as Range<UInt64>)
    func validTexts(seed: UInt64) throws {
        var generator = JSONTextGenerator(seed: seed)
        for _ in 0..<1_000 {
            let text = generator.space() + generator.value() + generator.space()
            let data = Data(text.utf8)
            #expect(JSONGrammar.accepts(Array(data)), "\(text)")
            let ours = try codec.row(AnyJSON.self, from: data)
            #expect(try foundation.decode(AnyJSON.self, from: data) == ours, "\(text)")
            #expect(try AnyJSON(codec.row(FieldValue.self, from: data)) == ours, "\(text)")
        }
    }

    @Test(
        "broken texts are refused exactly when they are no JSON, and otherwise have the values that Foundation sees",
        arguments: 10..<14 as Range<UInt64>)
    func brokenTexts(seed: UInt64) throws {
        var generator = JSONTextGenerator(seed: seed)
        for _ in 0..<3_000 {
            let bytes = generator.broken(generator.value(depth: 2))
            try compare(bytes)
        }
    }

    @Test("bytes at random never pass unless they are JSON")
    func randomBytes() throws {
        var random = SplitMix64(state: 99)
        let alphabet = Array(#"{}[]:,"\truefalsn0123456789-+.eE u"#.utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            try compare(bytes)
        }
    }

    private func compare(_ bytes: [UInt8]) throws {
        // Exponents of several digits leave the range of numbers, where the decoders differ; tests of their own look at them.
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.firstMatch(of: /[eE][+-]?[0-9]{3}/) == nil else { return }
        let ours = try? codec.row(AnyJSON.self, from: Data(bytes))
        guard JSONGrammar.accepts(bytes) else {
            #expect(ours == nil, "\(bytes) \(text)")
            return
        }
        let theirs = try? foundation.decode(AnyJSON.self, from: Data(bytes))
        #expect(ours == theirs, "\(bytes) \(text)")
    }

    @Test("integers of every width agree with Foundation", arguments: 20..<22 as Range<UInt64>)
    func integers(seed: UInt64) {
        var generator = JSONTextGenerator(seed: seed)
        for _ in 0..<1_000 {
            let number = generator.number()
            // Whole numbers with a point that do not fit into a Double's digits are told apart exactly here.
            guard number.count < 16 else { continue }
            compare(Int.self, number)
            compare(Int8.self, number)
            compare(UInt8.self, number)
            compare(Int32.self, number)
            compare(UInt64.self, number)
            compare(Float.self, number)
            compare(Double.self, number)
        }
    }

    private func compare<Number: Codable & Equatable>(_ type: Number.Type, _ text: String) {
        // An array of bytes would be taken for a row that is JSON itself.
        let data = Data("[[\(text)]]".utf8)
        #expect((try? codec.row([[Number]].self, from: data)) == (try? foundation.decode([[Number]].self, from: data)), "\(type) \(text)")
    }

    @Test("what is encoded reads back the same, by Foundation and here, and is what Foundation writes", arguments: 30..<34 as Range<UInt64>)
    func encoding(seed: UInt64) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var generator = JSONTextGenerator(seed: seed)
        for _ in 0..<1_000 {
            let text = generator.value()
            let value = try codec.row(AnyJSON.self, from: Data(text.utf8))
            let field = try codec.row(FieldValue.self, from: Data(text.utf8))
            let bytes = try codec.bytes(of: value)
            #expect(try codec.bytes(of: field) == bytes)
            #expect(try foundation.decode(AnyJSON.self, from: bytes) == value, "\(text)")
            #expect(try codec.row(AnyJSON.self, from: bytes) == value, "\(text)")
            #expect(try String(decoding: encoder.encode(value), as: UTF8.self) == String(decoding: bytes, as: UTF8.self), "\(text)")
        }
    }
}

extension AnyJSON {
    fileprivate init(_ value: FieldValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let value): self = .array(value.map { AnyJSON($0) })
        case .object(let value): self = .object(value.mapValues { AnyJSON($0) })
        }
    }
}
