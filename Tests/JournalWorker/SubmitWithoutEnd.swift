import ArgumentParser
import Engine
import Foundation
import SQLiteBackend
import Workflow

/// Submits runs to a SQLite file until somebody kills it, and prints the id of each that the store has acknowledged.
struct SubmitWithoutEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "submit-without-end", abstract: "For tests that kill it.")

    @Argument(help: "The store's URL.") var url: String
    @Option(help: "What the ids begin with.") var prefix: String

    func run() async throws {
        let backend = try await SQLiteBackend.open(SQLiteLocation(url: url))
        await withThrowingTaskGroup(of: Void.self) { group in
            // Several at once, so that they share transactions.
            for lane in 0..<8 {
                group.addTask {
                    var number = 0
                    while true {
                        let id = "\(prefix)-\(lane)-\(number)"
                        _ = try await backend.store.submit(DagInstance(id: id, dagId: "d", dagVersion: "v", createdAt: Date()))
                        FileHandle.standardOutput.write(Data("\(id)\n".utf8))
                        number += 1
                    }
                }
            }
        }
    }
}
