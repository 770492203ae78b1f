extension ForEach {
    /// The task that an item belongs to, and its place in the list; `nil` where the id is not that of an item.
    public static func group(of id: String) -> (task: String, index: Int)? {
        guard id.utf8.last == UInt8(ascii: "]"), let open = id.lastIndex(of: "["), open != id.startIndex,
            let index = Int(id[id.index(after: open)...].dropLast()), index >= 0
        else { return nil }
        return (String(id[..<open]), index)
    }
}

extension TaskInstance {
    /// How many items a fan-out has: the list is in its document.
    public var itemCount: Int? { params["items"]?.arrayValue?.count }
}
