import Testing

@testable import Console

@Suite("Lines of progress")
struct ProgressBarTests {
    private func text(
        _ done: Int, _ total: Int?, _ seconds: Int = 0, steady: Bool = true, note: String = "", glyphs: Glyphs = .unicode, width: Int = 79
    ) -> String {
        ProgressBar.text(
            what: "import", unit: "MB", done: done, total: total, elapsed: .seconds(seconds), isSteady: steady, note: note, glyphs,
            width: width)
    }

    @Test("counts, a bar, the time, and how long the rest will take once enough is done to say")
    func parts() {
        #expect(text(0, 10) == "import ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0/10 MB")
        #expect(text(5, 10, 20) == "import ███████████████░░░░░░░░░░░░░░░ 5/10 MB, 20 s, about 20 s left")
        #expect(text(5, 10, 1) == "import ███████████████░░░░░░░░░░░░░░░ 5/10 MB, 1 s")
        #expect(text(2, 100, 20).hasSuffix("2/100 MB, 20 s"))
        #expect(text(10, 10, 20).hasSuffix("10/10 MB, 20 s"))
        #expect(text(5, nil, 125) == "import 5 MB, 2 min 5 s")
    }

    @Test("no estimate where what is left may take longer than what is done")
    func honest() {
        #expect(!text(5, 10, 20, steady: false).contains("left"))
    }

    @Test("it fits narrow windows, and is ASCII where that is all there is")
    func narrow() {
        for width in 5...80 { #expect(DisplayWidth.of(text(5, 10, 20, note: "waits for a node", width: width)) <= width) }
        #expect(text(5, 10, glyphs: .ascii) == "import ###############............... 5/10 MB")
        #expect(text(0, 0) == "import 0/0 MB")
    }

    private func terminal(_ collected: Collected, isTerminal: Bool) -> Terminal {
        Terminal(
            program: "commander", output: collected.output, errors: collected.output, isTerminal: isTerminal, environment: ["TERM": "xterm"]
        )
    }

    @Test("nothing is drawn on a pipe, and nothing stays on a terminal")
    func pipe() throws {
        let (pipe, screen) = (Collected(), Collected())
        for (collected, isTerminal) in [(pipe, false), (screen, true)] {
            var bar = ProgressBar(terminal(collected, isTerminal: isTerminal), what: "drain", unit: "runs", glyphs: .ascii)
            try bar.show(done: 1, of: nil)
            try bar.show(done: 1, of: nil)
            try bar.clear()
            try bar.clear()
        }
        #expect(pipe.content.isEmpty)
        #expect(screen.content == "\rdrain 1 runs\u{1B}[K\r\u{1B}[K")
    }

    @Test("signs beyond ASCII are for locales of UTF-8 and terminals that can show them")
    func glyphs() {
        #expect(Glyphs.fitting(["LANG": "en_GB.UTF-8"]) == .unicode)
        #expect(Glyphs.fitting(["LC_ALL": "C.utf8", "LANG": "C"]) == .unicode)
        #expect(Glyphs.fitting(["LC_ALL": "C", "LANG": "en_GB.UTF-8"]) == .ascii)
        #expect(Glyphs.fitting(["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8"]) == .unicode)
        #expect(Glyphs.fitting(["LANG": "en_GB.UTF-8", "TERM": "dumb"]) == .ascii)
        #expect(Glyphs.fitting([:]) == .ascii)
    }
}
