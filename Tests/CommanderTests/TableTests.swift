import Testing

@testable import Console
@testable import commander

@Suite("Tables")
struct TableTests {
    private func table(_ rows: [[String]]) -> Table {
        var table = Table([
            .init(title: "ID"), .init(title: "N", alignment: .right), .init(title: "REASON", isFlexible: true, isOptional: true),
        ])
        for row in rows { table.append(row.map { Table.Cell($0) }) }
        return table
    }

    @Test("columns are as wide as their widest cell, numbers stand at the right, lines have no spaces at their end")
    func aligns() {
        let lines = table([["a", "7", "why"], ["longer", "1234", ""]]).lines(Samples.plain)
        #expect(lines == ["ID         N  REASON", "a          7  why", "longer  1234  -"])
    }

    @Test("an optional column that is empty everywhere is left out")
    func leavesOut() {
        #expect(table([["a", "7", ""]]).lines(Samples.plain) == ["ID  N", "a   7"])
    }

    @Test("where nothing may be cut a long cell stays whole")
    func keepsWhole() {
        let reason = String(repeating: "x", count: 500)
        #expect(table([["a", "7", reason]]).lines(Samples.plain)[1].hasSuffix(reason))
    }

    @Test("no line is wider than the window", arguments: [1, 5, 12, 20, 40, 80, 200])
    func fits(width: Int) {
        let lines = table([["identifier", "123456", String(repeating: "word ", count: 100)], ["b", "1", "表の幅は二倍です"]]).lines(
            Samples.window(width))
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
    }

    @Test("a cut cell ends in an ellipsis and the others stay whole")
    func cuts() {
        let lines = table([["identifier", "12", "a reason that is too long"]]).lines(Samples.window(30))
        #expect(lines[1] == "identifier  12  a reason that…")
    }

    @Test("a megabyte in a cell is cut in no time")
    func cutsMuch() {
        let lines = table([["a", "1", String(repeating: "x", count: 1 << 20)]]).lines(Samples.window(80))
        #expect(lines[1].count == 80)
    }

    @Test("control characters cannot steer the terminal")
    func replacesControls() {
        let lines = table([["a\u{1B}[2Jb", "1", "two\nlines"]]).lines(Samples.plain)
        #expect(lines[1] == "a\u{FFFD}[2Jb  1  two lines")
    }

    @Test("colours surround the text and do not count as width")
    func colors() {
        var table = Table([.init(title: "STATUS"), .init(title: "X")])
        table.append([.init("failed", .red), "1"])
        #expect(table.lines(Samples.window(80, color: true))[1] == "\u{1B}[31mfailed\u{1B}[0m  1")
    }

    @Test("wide characters take two columns")
    func widths() {
        #expect(DisplayWidth.of("abc") == 3)
        #expect(DisplayWidth.of("表") == 2)
        #expect(DisplayWidth.of("é") == 1)
        #expect(DisplayWidth.cut("表の幅", to: 4) == "表…")
    }
}
