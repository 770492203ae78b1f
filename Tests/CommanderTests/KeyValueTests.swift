import ArgumentParser
import Testing

@testable import Console
@testable import commander

@Suite("key=value arguments")
struct KeyValueTests {
    @Test(
        "the key ends at the first equals sign",
        arguments: [("k=v", "k", "v"), ("k=v=w", "k", "v=w"), ("k=", "k", ""), ("a b= c ", "a b", " c "), ("k==", "k", "=")])
    func splits(text: String, key: String, value: String) throws {
        #expect(try KeyValue.parse(text) == KeyValue(key: key, value: value))
    }

    @Test("without a key or an equals sign it is refused", arguments: ["", "k", "=v", "="])
    func refuses(text: String) {
        #expect(throws: ValidationError.self) { try KeyValue.parse(text) }
    }

    @Test("a key may be given once")
    func duplicates() throws {
        let pairs = try ["a=1", "b=2"].map(KeyValue.parse)
        #expect(try KeyValue.dictionary(pairs, option: "--var") == ["a": "1", "b": "2"])
        #expect(throws: ValidationError.self) { try KeyValue.dictionary(pairs + pairs, option: "--var") }
    }

    @Test("run takes many variables and tags")
    func run() async throws {
        let command = try await RunCommand.asyncParse([
            "flights", "--var", "day=1", "--var", "q=a=b", "--tag", "who=me", "--id", "k1", "--wait",
        ])
        #expect(command.variables == [KeyValue(key: "day", value: "1"), KeyValue(key: "q", value: "a=b")])
        #expect(command.tags == [KeyValue(key: "who", value: "me")])
        #expect(command.id == "k1" && command.wait && !command.watch)
    }
}
