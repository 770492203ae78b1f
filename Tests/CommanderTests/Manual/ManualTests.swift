import ArgumentParser
import Foundation
import Testing

@testable import Console
@testable import commander

@Suite("Manual pages and topics of help")
struct ManualTests {
    @Test("every command that is shown has a page, with its options; so has every topic")
    func pages() throws {
        let pages = try Manual.pages
        let files = Set(pages.map(\.file))
        #expect(files.count == pages.count)
        for file in ["commander.1", "commander-run.1", "commander-dag-apply.1", "commander-export.1", "commander-urls.7"] {
            #expect(files.contains(file))
        }
        #expect(!files.contains("commander-manual.1") && !files.contains("commander-help.1"))
        let run = try #require(pages.first { $0.file == "commander-run.1" }).text
        #expect(run.contains("\\fB\\-\\-max\\-waiting\\-runs\\fR"))
        #expect(run.contains(".SH NAME\ncommander\\-run \\- Start a run of a DAG\n"))
        #expect(run.contains(".SH EXAMPLES\n"))
    }

    @Test("what is written in a page is what was meant: no line is taken for a request")
    func escapes() {
        #expect(Troff.text(".hidden") == "\\&.hidden")
        #expect(Troff.text("'quoted' --flag a\\b ~ ^ `x`") == "\\(aqquoted\\(aq \\-\\-flag a\\eb \\(ti \\(ha \\(gax\\(ga")
        #expect(Troff.text("✓ …") == "\\[u2713] \\[u2026]")
        #expect(
            Troff.body("One.\nTwo.\n\nEXAMPLES:\n  a  b\n\nThree.") == [
                "One.", ".br", "Two.", ".SH EXAMPLES", ".PP\n.RS 4\n.nf", "a  b", ".fi\n.RE", ".PP", "Three.",
            ])
    }

    /// Where there is no groff nothing can be said of this.
    private static var groff: String? {
        ["/usr/bin/groff", "/usr/local/bin/groff", "/opt/homebrew/bin/groff"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @Test("groff has nothing to complain of", .enabled(if: groff != nil, "there is no groff here"))
    func complaints() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("manual-\(ProcessInfo.processInfo.processIdentifier)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let manual = try ManualCommand.parse([folder.path])
        try manual.run()
        for page in try Manual.pages {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try #require(Self.groff))
            process.arguments = ["-man", "-Tutf8", "-ww", folder.appendingPathComponent("man\(page.section)/\(page.file)").path]
            let (errors, output) = (Pipe(), Pipe())
            (process.standardError, process.standardOutput) = (errors, output)
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(complaints.isEmpty, "\(page.file)")
            #expect(process.terminationStatus == 0)
            #expect(text.count > 300, "\(page.file)")
        }
    }

    @Test("help knows topics beside commands, and names them where it knows neither")
    func topics() throws {
        let commands = ["run", "dag"]
        #expect(TopicRequest(["help", "urls"], commands: commands) == .topic("urls"))
        #expect(TopicRequest(["help", "run"], commands: commands) == nil)
        #expect(TopicRequest(["help"], commands: commands) == nil)
        #expect(TopicRequest(["run", "help"], commands: commands) == nil)
        #expect(TopicRequest(["help", "nonsense"], commands: commands) == .unknown("nonsense"))
        for topic in Topic.all { #expect(try TopicRequest.topic(topic.name).text.contains(topic.abstract)) }
        let failure = #expect(throws: Failure.self) { try TopicRequest.unknown("nonsense").text }
        #expect(failure?.status == .usage)
        #expect(failure?.message.contains("dag-file") == true)
    }

    @Test("the topics say what the program knows: all statuses, exit codes and keys")
    func complete() {
        let statuses = Topic.named("statuses")?.text ?? ""
        #expect(["scheduled", "parked", "retrying", "skipped"].allSatisfy(statuses.contains))
        let codes = Topic.named("exit-codes")?.text ?? ""
        #expect(ExitStatus.allCases.allSatisfy { codes.contains("  \($0.rawValue) ") })
        let keys = Topic.named("dag-file")?.text ?? ""
        #expect(["maxConcurrentRuns", "forEach", "preCheck", "backoff"].allSatisfy(keys.contains))
        #expect(CommanderCommand.helpMessage().contains("dag-file"))
    }
}
