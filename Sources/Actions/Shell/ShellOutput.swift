import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a `shell` task leaves for later ones: `{{tasks.<id>.output.json.rows}}` and the like.
struct ShellOutput: Encodable, Sendable {
    var exitCode: Int
    /// The last lines of standard output, at most 64 KiB.
    var stdout: String
    /// Standard output as JSON, whatever value it is, if all of it (at most 1 MiB) is JSON; else its last line that is not blank, if that
    /// is a JSON object or array; else missing. A last line that is a mere word or number is not taken: it is more likely to be meant for
    /// people.
    var json: Value?

    static let textLimit = 64 << 10

    /// - Parameter threads: where parsing is done; a MiB of JSON takes a while.
    init(exitCode: Int32, output: OutputTail, parsingOn threads: BlockingThreads) async {
        self.exitCode = Int(exitCode)
        stdout = output.text(upTo: Self.textLimit)
        json = await threads.run { output.whole.flatMap(Self.parse) ?? output.lastLine.flatMap(Self.parseStructure) }
    }

    private static func parseStructure(_ bytes: ArraySlice<UInt8>) -> Value? {
        guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else { return nil }
        return parse(bytes)
    }

    private static func parse(_ bytes: ArraySlice<UInt8>) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}
