import Engine
import Workflow

/// The command that goes on after a run that did not succeed.
struct NextStep: Sendable, Hashable {
    let program: String
    let file: String
    /// Options that were given and must be given again, in order.
    var options: [String] = []

    /// The most tasks that are named.
    static let limit = 3

    /// The command line that runs the file again from what failed on; `nil` where nothing failed.
    func command(after details: RunDetails) -> String? {
        let tasks = details.ownTasks.filter { $0.status == .failed || $0.status == .canceled }.map(\.taskId).filter { id in
            details.dag?.tasks.contains { $0.id == id } == true
        }
        guard !tasks.isEmpty else { return nil }
        return command(from: Array(tasks.prefix(Self.limit)))
    }

    /// The command line that runs the file, from some tasks on.
    func command(from tasks: [String]) -> String {
        ([program, "run", Self.quoted(file)] + options.map(Self.quoted) + tasks.flatMap { ["--from", Self.quoted($0)] })
            .joined(separator: " ")
    }

    /// A word as a shell reads it.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_./:=@%+,".utf8.contains(byte)
        }
        return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
