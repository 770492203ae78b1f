import ArgumentParser
import Workflow

/// `commander retry`.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Run failed and canceled tasks again.",
        discussion: """
            Of the whole run all of them, and the skipped tasks that follow; earlier attempts are kept. Finished work stays finished.

            EXAMPLES:
              commander retry 01jk2m
              commander retry 01jk2m --task load --reason "disk was full" --wait
              commander retry --dag flights --status failed --since 1h
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions
    @OptionGroup var chosen: TaskOptions
    @OptionGroup var watching: WatchOption

    func run() async throws {
        try await Telling(kind: .retry, telling: telling, options: options, tasks: chosen.tasks, watch: watching.watch).run()
    }
}

/// `commander cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a run, or tasks of it.",
        discussion: """
            What runs is told to stop, what waits does not start, then the onExit tasks run; a second cancel ends those too. A run that has not started never does.

            EXAMPLES:
              commander cancel 01jk2m --reason "wrong month"
              commander cancel 01jk2m --task load[3] --wait
              commander cancel --dag flights --status init --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions
    @OptionGroup var chosen: TaskOptions
    @OptionGroup var watching: WatchOption

    func run() async throws {
        try await Telling(kind: .cancel, telling: telling, options: options, tasks: chosen.tasks, watch: watching.watch).run()
    }
}

/// `commander continue`.
struct ContinueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "continue", abstract: "Let blocked tasks go on.",
        discussion: """
            All blocked tasks of the run, or those that are named. Who did it, when and why is kept with the task.

            EXAMPLES:
              commander continue 01jk2m
              commander continue 01jk2m --task release --reason "checked by ada"
              commander continue --dag flights --since 2026-01-31
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions
    @OptionGroup var chosen: TaskOptions
    @OptionGroup var watching: WatchOption

    func run() async throws {
        try await Telling(kind: .continue, telling: telling, options: options, tasks: chosen.tasks, watch: watching.watch).run()
    }
}

/// `commander reject`.
struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Let blocked tasks fail.",
        discussion: """
            All blocked tasks of the run, or those that are named. Who did it, when and why is kept with the task.

            EXAMPLES:
              commander reject 01jk2m --task release --reason "numbers are wrong"
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions
    @OptionGroup var chosen: TaskOptions
    @OptionGroup var watching: WatchOption

    func run() async throws {
        try await Telling(kind: .reject, telling: telling, options: options, tasks: chosen.tasks, watch: watching.watch).run()
    }
}

/// `commander pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start nothing new of a run; what is under way may end.",
        discussion: """
            A whole DAG is paused by commander dag pause.

            EXAMPLES:
              commander pause 01jk2m --reason "database is being moved"
              commander pause --dag flights --status running --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions

    func run() async throws { try await Telling(kind: .pause, telling: telling, options: options).run() }
}

/// `commander resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused run go on.",
        discussion: """
            EXAMPLES:
              commander resume 01jk2m
              commander resume --dag flights --yes
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var telling: TellOptions

    func run() async throws { try await Telling(kind: .resume, telling: telling, options: options).run() }
}
