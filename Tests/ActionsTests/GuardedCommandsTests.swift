import Testing

@testable import Actions

@Suite("shell: what the guard is told")
struct GuardedCommandsTests {
    @Test("a command is announced by its id, then known by its group, then gone")
    func life() {
        var commands = GuardedCommands()
        let (slot, announced) = commands.announce(id: "a1")
        #expect(announced == "0 ?a1")
        #expect(commands.started(slot, group: 4711) == "0 4711")
        #expect(commands.ended(slot) == "0")
        #expect(commands.entries.isEmpty)
    }

    @Test("a new guard is told all that runs, and nothing that has ended")
    func entries() {
        var commands = GuardedCommands()
        let slots = ["a", "b", "c"].map { commands.announce(id: $0).slot }
        _ = commands.started(slots[0], group: 10)
        _ = commands.ended(slots[1])
        #expect(commands.entries == ["0 10", "2 ?c"])
    }

    @Test("places are used again, so that a guard never has more of them than there were commands at once")
    func reuse() {
        var commands = GuardedCommands()
        for id in 0..<1_000 { _ = commands.ended(commands.announce(id: "\(id)").slot) }
        let slots = ["a", "b", "c"].map { commands.announce(id: $0).slot }
        _ = commands.ended(slots[1])
        #expect(slots == [0, 1, 2])
        #expect(commands.announce(id: "d").entry == "1 ?d")
    }
}
