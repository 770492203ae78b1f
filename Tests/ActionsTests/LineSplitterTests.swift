import Testing

@testable import Actions

@Suite("Lines from bytes")
struct LineSplitterTests {
    private func split(_ bytes: [UInt8], chunk: Int, limit: Int = 8) -> [LineSplitter.Line] {
        var splitter = LineSplitter(limit: limit)
        var lines: [LineSplitter.Line] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            lines += bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { splitter.add($0) }
        }
        return lines + (splitter.finish().map { [$0] } ?? [])
    }

    @Test("the same lines come out however the bytes are cut into chunks", arguments: 1...12)
    func chunks(size: Int) {
        let bytes = Array("one\n\ntwo\r\nwägt\nlast".utf8)
        #expect(split(bytes, chunk: size).map(\.text) == ["one", "", "two", "wägt", "last"])
    }

    @Test("a long line is cut within the limit, never inside a character", arguments: 1...7)
    func longLine(size: Int) {
        let text = "aäöü€𝄞bcdefghij€€€"
        let pieces = split(Array(text.utf8), chunk: size).map(\.text)
        #expect(pieces.joined() == text)
        #expect(pieces.allSatisfy { $0.utf8.count <= 8 })
    }

    @Test("bytes that are not UTF-8 are replaced and reported", arguments: [1, 3, 100])
    func binary(size: Int) {
        let lines = split([0x61, 0xFF, 0x0A, 0x62, 0x0A] + [UInt8](repeating: 0x80, count: 30), chunk: size)
        #expect(lines[0] == LineSplitter.Line(text: "a\u{FFFD}", isRepaired: true))
        #expect(lines[1] == LineSplitter.Line(text: "b"))
        #expect(lines.dropFirst(2).allSatisfy { $0.isRepaired && $0.text.unicodeScalars.count <= 8 })
    }

    @Test("nothing comes out of nothing, and a last newline makes no extra line")
    func ends() {
        #expect(split([], chunk: 1).isEmpty)
        #expect(split(Array("a\n".utf8), chunk: 9).map(\.text) == ["a"])
    }
}

@Suite("The end of an output")
struct OutputTailTests {
    private func tail(_ text: String, limit: Int, chunk: Int = 7) -> OutputTail {
        var tail = OutputTail(limit: limit)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { tail.add($0) }
        }
        return tail
    }

    @Test("a short output is there as a whole")
    func whole() {
        let tail = tail("a\nb\n\n", limit: 100)
        #expect(tail.text(upTo: 100) == "a\nb\n\n")
        #expect(tail.whole.map { $0.count } == 5)
        #expect(tail.lastLine.map { String(decoding: $0, as: UTF8.self) } == "b")
    }

    @Test("of a long output whole lines are left, and no half character")
    func cut() {
        let text = (0..<100).map { "line \($0)\n" }.joined()
        #expect(tail(text, limit: 20).text(upTo: 20) == "line 98\nline 99\n")
        #expect(tail(text, limit: 20).whole == nil)
        #expect(tail(String(repeating: "€", count: 50), limit: 10).text(upTo: 10) == "€€€")
    }

    @Test("a last line that began before what was kept is not taken for a line")
    func cutLine() {
        #expect(tail(String(repeating: "x", count: 50), limit: 10).lastLine == nil)
        #expect(tail("", limit: 10).lastLine == nil)
        #expect(tail(" \n\n", limit: 10).lastLine == nil)
    }
}
