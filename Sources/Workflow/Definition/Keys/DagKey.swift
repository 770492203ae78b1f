/// One key of a definition: what the readers take, what docs/dag-reference.md says, and what editors learn from docs/dag.schema.json.
struct DagKey: Sendable {
    var name: String
    var type: DagKeyType
    /// What holds where the key is not given, in words; empty where it must be given.
    var standard: String
    var meaning: String
    /// The key with a value, in one line of YAML.
    var example: String

    init(_ name: String, _ type: DagKeyType, default standard: String, _ meaning: String, example: String) {
        self.name = name
        self.type = type
        self.standard = standard
        self.meaning = meaning
        self.example = example
    }

    var isRequired: Bool { standard.isEmpty }
}

/// What the value of a key may be.
enum DagKeyType: Sendable {
    case text
    case bool
    /// One of a few words.
    case choice([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// Whole seconds, or a text such as `1h30m` that comes to whole seconds.
    case seconds(ClosedRange<Int>)
    /// Seconds with a fraction, or a text such as `250ms`.
    case time(ClosedRange<Double>)
    /// A text, or a list of texts.
    case texts
    /// An object of texts.
    case labels
    /// Any value.
    case any
    /// An object with any members.
    case members
    /// A list, or a template that stands for one.
    case items
    /// A condition in words, or a list of conditions in either form.
    case when
    case object(DagKeyGroup.Name)
    case list(DagKeyGroup.Name)
    /// An object with a member for each.
    case map(DagKeyGroup.Name)
    /// A list, a template, or an object.
    case itemsOr(DagKeyGroup.Name)
}

/// The keys of one kind of object.
struct DagKeyGroup: Sendable {
    /// Which kind, and the heading in the reference.
    let name: Name
    /// What such an object is, in messages: `a task`.
    let what: String
    /// What the reference says before the table.
    let introduction: String
    let keys: [DagKey]
    let names: [String]
    /// Looked up for each key of each object of a definition.
    private let types: [String: DagKeyType]

    init(name: Name, what: String, introduction: String, keys: [DagKey]) {
        self.name = name
        self.what = what
        self.introduction = introduction
        self.keys = keys
        names = keys.map(\.name)
        types = Dictionary(keys.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    }

    func has(_ key: String) -> Bool { types[key] != nil }

    func type(of key: String) -> DagKeyType? { types[key] }

    enum Name: String, Sendable, CaseIterable {
        case dag = "DAG"
        case variable = "Variable"
        case task = "Task"
        case retry = "Retry"
        case backoff = "Backoff"
        case preCheck = "Check"
        case condition = "Condition"
        case forEach = "Fan-out"
    }
}

extension DagKeyType {
    /// The words of an enumeration.
    static func oneOf<Choice: CaseIterable & RawRepresentable>(_: Choice.Type) -> DagKeyType where Choice.RawValue == String {
        .choice(Choice.allCases.map(\.rawValue))
    }
}
