import Testing

@testable import Console
@testable import commander

@Suite("Terminals")
struct TerminalTests {
    private func terminal(_ isTerminal: Bool, _ environment: [String: String], noColor: Bool = false) -> Terminal {
        let nowhere = Collected().output
        return Terminal(
            program: "commander", output: nowhere, errors: nowhere, isTerminal: isTerminal, environment: environment, noColor: noColor)
    }

    @Test("a terminal has colours, unless somebody objects")
    func colors() {
        #expect(terminal(true, ["TERM": "xterm"]).usesColor)
        #expect(terminal(true, ["TERM": "xterm", "NO_COLOR": ""]).usesColor)
        #expect(!terminal(true, ["TERM": "xterm", "NO_COLOR": "1"]).usesColor)
        #expect(!terminal(true, ["TERM": "xterm"], noColor: true).usesColor)
        #expect(terminal(true, ["TERM": "xterm"], noColor: true).isInteractive)
    }

    @Test("a pipe and a dumb terminal get plain text that is not cut")
    func plain() {
        for plain in [terminal(false, ["TERM": "xterm"]), terminal(true, ["TERM": "dumb"])] {
            #expect(!plain.usesColor)
            #expect(!plain.isInteractive)
            #expect(plain.layout.width == nil)
            #expect(!plain.layout.isForPeople)
        }
    }

    @Test("a live view goes back over what it drew, and draws nothing twice")
    func redraws() throws {
        let collected = Collected()
        var view = LiveView(
            terminal: Terminal(
                program: "commander", output: collected.output, errors: collected.output, isTerminal: true, environment: ["TERM": "xterm"]))
        try view.draw(["a", "b"])
        try view.draw(["a", "b"])
        try view.draw(["c"])
        #expect(collected.content == "a\nb\n\u{1B}[2A\r\u{1B}[Jc\n")
    }
}
