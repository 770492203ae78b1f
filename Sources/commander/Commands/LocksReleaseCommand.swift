import ArgumentParser
import Console
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `commander locks release`.
struct LocksReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Take a lock from whoever holds it.",
        discussion: """
            For a holder that is known to be gone or stuck; one that died loses the lock by itself when its time runs out.
            A holder that still works notices at its next renewal and is cancelled; until then two may be at work, told apart by their tokens.
            Who did it, when, from where and why is kept with the lock: see commander locks.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The lock's key.")
    var key: String

    @Option(help: "Why, for those who look later; at most 500 characters are kept.")
    var reason = ""

    @Flag(help: "Do not ask; needed where there is no terminal to ask on.")
    var yes = false

    func run() async throws {
        let terminal = options.terminal
        let confirmation = Confirmation(isGiven: yes, canAsk: terminal.isInteractive && !options.json && Confirmation.hasKeyboard)
        try confirmation.checkPossible("release a lock")
        let lock = try await options.connected { connection in
            let lock = try await connection.commander.heldLock(key)
            try confirmation.confirm(Self.question(lock), terminal)
            try await connection.commander.forceRelease(lock, by: author)
            return lock
        }
        try terminal.show(LockReleaseReport(lock, reason: author.reason), json: options.json)
    }

    static func question(_ lock: LockStatus) -> String {
        "take the lock '\(lock.key)' from \(lock.owner?.name ?? "nobody") (\(lock.owner?.place ?? "-"))? It may still be at work. [y/N] "
    }

    private var author: ForcedRelease.Author {
        let process = ProcessInfo.processInfo
        return ForcedRelease.Author(name: process.userName, host: process.hostName, reason: String(reason.prefix(500)))
    }
}
