/// The commands of a worker that run, and what the guard is told of them.
///
/// A command has a slot from before its start to after its end, and each message is an entry: the slot and what is in it now.
///
/// - `3 ?9f86d081884c7d65`: a command with this id in its environment is about to start;
/// - `3 4711`: it has started and leads the process group 4711;
/// - `3`: it has ended, and so have the processes that it started.
///
/// The lowest free slot is taken, so that the guard looks at no more of them in the end than there ever were commands at once.
struct GuardedCommands {
    private enum Command {
        case announced(id: String)
        case started(group: Int32)
    }

    private var slots: [Command?] = []

    /// What a guard has to know that is started now.
    var entries: [String] { slots.indices.filter { slots[$0] != nil }.map(entry) }

    /// - Parameter id: never used before, by no worker; letters and digits.
    mutating func announce(id: String) -> (slot: Int, entry: String) {
        let slot = slots.firstIndex { $0 == nil } ?? slots.endIndex
        if slot == slots.endIndex { slots.append(nil) }
        slots[slot] = .announced(id: id)
        return (slot, entry(slot))
    }

    mutating func started(_ slot: Int, group: Int32) -> String {
        slots[slot] = .started(group: group)
        return entry(slot)
    }

    mutating func ended(_ slot: Int) -> String {
        slots[slot] = nil
        return entry(slot)
    }

    private func entry(_ slot: Int) -> String {
        switch slots[slot] {
        case .announced(let id)?: "\(slot) ?\(id)"
        case .started(let group)?: "\(slot) \(group)"
        case nil: "\(slot)"
        }
    }
}
