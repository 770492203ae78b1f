/// Who holds a lock.
public struct LockOwner: Sendable, Hashable, Codable {
    /// Made anew for each acquisition that asks the store, and given up with it. So asking again after a lost answer finds itself and counts once, and nobody else can give the lock back.
    public var id: String
    /// Whom the lock belongs to, for people: a task's attempt, or a program.
    public var name: String
    /// Where that is: a node and its session, or host and process.
    public var place: String

    public init(id: String, name: String, place: String) {
        self.id = id
        self.name = name
        self.place = place
    }
}
