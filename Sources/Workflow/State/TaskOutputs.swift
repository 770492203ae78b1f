import HashTreeCollections

/// Outputs of finished tasks by task id.
///
/// A copy shares what it has with the original, and a change of either costs the same however many outputs there are: tasks that run hold copies while others end.
public struct TaskOutputs: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    private var values = TreeDictionary<String, Value>()

    public init() {}

    public init(_ outputs: [String: Value]) { values = TreeDictionary(uniqueKeysWithValues: outputs.map { ($0.key, $0.value) }) }

    public init(dictionaryLiteral elements: (String, Value)...) { values = TreeDictionary(uniqueKeysWithValues: elements) }

    /// The output of a task; `nil` where it left none, or has not succeeded.
    public subscript(task: String) -> Value? {
        get { values[task] }
        set { values[task] = newValue }
    }

    public var count: Int { values.count }
    public var isEmpty: Bool { values.isEmpty }

    /// The tasks that left an output, in alphabetical order.
    public var tasks: [String] { values.keys.sorted() }

    /// All of it, copied: costs as much as there are outputs.
    public var all: [String: Value] { Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) }) }
}
