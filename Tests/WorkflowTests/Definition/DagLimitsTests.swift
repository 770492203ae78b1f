import TestSupport
import Testing
import Workflow

@Suite("Limits and hostile input of definitions")
struct DagLimitsTests {
    private func messages(_ text: String, _ limits: DagLimits = DagLimits()) -> [String] {
        DagParser.parse(text, file: "d.yaml", limits: limits).problems.map(\.description)
    }

    @Test("too many tasks, bytes and levels are errors that name the limit")
    func limits() {
        let tasks = "tasks:\n- {id: a, action: print}\n- {id: b, action: print}\n"
        #expect(
            messages(tasks, DagLimits(maxTasks: 1)) == [
                "d.yaml:3:3: error: the DAG has 2 tasks, the most is 1; split it, or raise dag.max.tasks"
            ])
        #expect(
            messages(tasks, DagLimits(maxFileBytes: 10)) == [
                "d.yaml:1:1: error: the file has 57 bytes, the most is 10; keep data out of definitions, or raise dag.max.bytes"
            ])
        let deep =
            "tasks: [{id: a, action: print, params: {p: " + String(repeating: "[", count: 120) + String(repeating: "]", count: 120) + "}}]"
        #expect(messages(deep) == ["d.yaml:1:104: error: lists and objects are nested deeper than 64 levels"])
    }

    @Test("a bomb of aliases is stopped when its values are counted")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 { text += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n" }
        #expect(
            messages(text, DagLimits(maxNodes: 10_000)) == [
                "d.yaml:1:37: error: the file has more than 10000 values, counting what aliases repeat"
            ])
    }

    @Test(
        "a bomb of aliases in a key never reaches the YAML parser",
        arguments: ["? *a9\n: x\n", "*a9 : x\n", "[*a9]: x\n", "k: {? [*a9] : x}\n"])
    func aliasBombInKey(key: String) {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 { text += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n" }
        let found = messages(text + key)
        #expect(found.count == 1)
        #expect(
            found.first?.hasSuffix("error: in a file with YAML aliases a key must be a plain text: no list, object, alias or '?' before it")
                == true)
    }

    @Test("a chain of anchors is bounded")
    func anchorChain() {
        let text = "a0: &a0 x\n" + (1...40).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
        #expect(messages(text) == ["d.yaml:33:6: error: more than 32 YAML anchors in one file; write the values out, or use a variable"])
    }

    @Test("as many and as deep anchors as get through do not exhaust the stack")
    func deepAnchorChain() {
        let (open, close) = (String(repeating: "[", count: 900), String(repeating: "]", count: 900))
        let text = "a0: &a0 x\n" + (1...31).map { "a\($0): &a\($0) \(open)*a\($0 - 1)\(close)\n" }.joined()
        #expect(messages(text) == ["d.yaml:2:72: error: lists and objects are nested deeper than 64 levels"])
    }

    @Test("deep nesting is refused by the YAML parser itself")
    func veryDeep() {
        for text in [
            String(repeating: "[", count: 50_000), String(repeating: "- ", count: 50_000), String(repeating: "{a: ", count: 50_000),
        ] {
            let found = messages(text)
            #expect(found.count == 1)
            #expect(found.first?.contains("Maximum nesting level reached") == true)
        }
    }

    @Test("no change of a good file crashes the parser, and every problem has a place in the file")
    func mutations() {
        var random = SeededGenerator(seed: 2013)
        let bytes = Array(sample.utf8)
        let spice = Array("{}[]&*?!|>'\"%@`#:,-\t\n\u{0}\u{FF}<<~".utf8)
        for _ in 0..<1_500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: changed.insert(spice.randomElement(using: &random) ?? 0, at: index)
                case 2: changed.remove(at: index)
                default: changed.insert(contentsOf: changed[index...].prefix(40), at: Int.random(in: 0..<changed.count, using: &random))
                }
            }
            check(changed)
        }
        for length in bytes.indices { check(Array(bytes.prefix(length))) }
    }

    private func check(_ bytes: [UInt8]) {
        let result = DagParser.parse(String(decoding: bytes, as: UTF8.self), file: "d.yaml", known: known)
        let lines = bytes.count { $0 == 10 || $0 == 13 } + 3
        #expect(result.problems.allSatisfy { $0.line >= 1 && $0.line <= lines && $0.column >= 1 })
        #expect((result.dag == nil) == result.problems.contains { $0.severity == .error })
        if let dag = result.dag { #expect(throws: Never.self) { try TaskGraph(dag.tasks) } }
    }
}
