import ArgumentParser
import ClockSkew
import Engine
import Foundation
import KisFlow
import Swiftflow

/// A worker whose `journal` tasks leave a file for each of their attempts outside of the store, so that a test can compare what happened with what the store says.
@main
struct JournalWorker: AsyncParsableCommand, WorkerProgram {
    static let name = "journal-worker"

    static let configuration = CommandConfiguration(
        commandName: name, abstract: "A worker for tests of real clusters.",
        subcommands: [NodeCommand<JournalWorker>.self, SubmitWithoutEnd.self])

    static func main() async {
        endWithParent()
        if let clock = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_CLOCK"] { clock_skew_follow(clock) }
        await runProgram()
    }

    static func register(actions: inout ActionRegistry) throws {
        guard let folder = ProcessInfo.processInfo.environment["SWIFTFLOW_TEST_JOURNAL"] else {
            throw ActionError("SWIFTFLOW_TEST_JOURNAL must name the folder of the journal")
        }
        try actions.register(JournalAction(folder: folder))
    }

    static func register(functions: inout FlowRegistry) throws { try NumberFunctions.register(in: &functions) }

    /// A test that is killed cannot end its nodes; they see that they have another parent, and go.
    private static func endWithParent() {
        let parent = getppid()
        Thread.detachNewThread {
            while getppid() == parent { Thread.sleep(forTimeInterval: 1) }
            kill(getpid(), SIGKILL)
        }
    }
}
