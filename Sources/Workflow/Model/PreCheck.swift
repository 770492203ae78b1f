/// A named check before a task: when all its conditions hold, the task is skipped or blocked instead of run.
public struct PreCheck: Codable, Hashable, Sendable {
    /// The check's name in the definition.
    public var name: String
    /// All of them must hold.
    public var conditions: [Condition]
    /// What happens when they hold.
    public var act: Act

    public init(name: String, conditions: [Condition], act: Act) {
        self.name = name
        self.conditions = conditions
        self.act = act
    }

    /// What a check that holds does to its task.
    public enum Act: String, Codable, Sendable, CaseIterable {
        case skip
        case block
    }

    /// A comparison of one value with texts.
    public struct Condition: Codable, Hashable, Sendable {
        public var source: Source
        /// Which value of the source; of `outputs` a task and the way into its output: `extract.rows[0].name`.
        public var key: String
        public var op: Op
        public var values: [String]

        public init(source: Source, key: String, op: Op, values: [String]) {
            self.source = source
            self.key = key
            self.op = op
            self.values = values
        }

        /// Where the value comes from.
        public enum Source: String, Codable, Sendable, CaseIterable {
            case vars
            case shareData = "share-data"
            /// The output of an earlier task, or a part of it.
            case outputs
            /// A fact about the run (`TemplateReference.RunField`).
            case run
        }

        /// How it is compared.
        public enum Op: String, Codable, Sendable, CaseIterable {
            case isIn = "in"
            case isNotIn = "not-in"
            case equal = "eq"
            case notEqual = "ne"
            case greater = "gt"
            case less = "lt"
            case greaterOrEqual = "ge"
            case lessOrEqual = "le"
            /// There is a value; with the value `false`, there is none.
            case exists
            /// The whole text matches a regular expression.
            case matches
        }
    }
}
