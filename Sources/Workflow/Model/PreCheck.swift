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

    /// A comparison of one variable or one piece of share data with a list of texts.
    public struct Condition: Codable, Hashable, Sendable {
        public var source: Source
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
        }

        /// How it is compared.
        public enum Op: String, Codable, Sendable, CaseIterable {
            case isIn = "in"
            case isNotIn = "not-in"
        }

        /// Whether the condition holds. A key that is not there never holds, whatever the operator (as in fastflow).
        func holds(vars: [String: String], shareData: [String: String]) -> Bool {
            let found =
                switch source {
                case .vars: vars[key]
                case .shareData: shareData[key]
                }
            guard let found else { return false }
            return switch op {
            case .isIn: values.contains(found)
            case .isNotIn: !values.contains(found)
            }
        }
    }
}

extension [PreCheck] {
    /// The first check, in written order, all of whose conditions hold.
    public func firstHolding(vars: [String: String], shareData: [String: String]) -> PreCheck? {
        first { check in check.conditions.allSatisfy { $0.holds(vars: vars, shareData: shareData) } }
    }
}

extension [PreCheck] {
    func firstHolding(in scope: TemplateScope) -> PreCheck? { firstHolding(vars: scope.vars, shareData: scope.shareData) }
}

extension PreCheck.Condition: CustomStringConvertible {
    func holds(in scope: TemplateScope) -> Bool { holds(vars: scope.vars, shareData: scope.shareData) }
    public var description: String { "\(source.rawValue) \(key) \(op.rawValue)" }
}
