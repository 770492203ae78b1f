import Testing

@testable import Console

@Suite("Wrapped text")
struct WrappingTests {
    @Test("lines are broken between words, and under the second column of a table")
    func wraps() {
        #expect(Wrapping.text("one two three\nfour", width: 8) == "one two\nthree\nfour")
        #expect(
            Wrapping.text("  name  a long text that goes on", width: 22) == "  name  a long text\n        that goes on")
        #expect(Wrapping.text("    indented words go on", width: 18) == "    indented words\n    go on")
        #expect(Wrapping.text("unbreakablylongword", width: 8) == "unbreakablylongword")
        #expect(Wrapping.text("", width: 8) == "")
    }
}
