/// A condition in words that cannot be read.
public struct ConditionTextError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String

    public var description: String { message }
}

/// Reads conditions in words: `vars.env == prod and tasks.extract.output.rows > 100`.
///
/// Each is an operand, an operator and a value; they are joined by `and`. Operands are a variable (`env`, `vars.env`), share data (`shareData.x`), an output or a part of it
/// (`tasks.extract.output.rows[0]`), and a fact about the run (`run.status`). Operators are `==`, `!=`, `>`, `<`, `>=`, `<=`, `in [a, b]`, `not in [a, b]`, `matches "…"`, `exists` and `not exists`.
/// A value is a word or a text in single or double quotes.
public struct ConditionText {
    private var tokens: ArraySlice<Token>

    /// The conditions of a text, in written order.
    public static func parse(_ text: String) throws(ConditionTextError) -> [PreCheck.Condition] {
        var reader = ConditionText(tokens: try Token.all(of: text)[...])
        var conditions = [try reader.condition()]
        while let next = reader.tokens.popFirst() {
            guard next == .word("and") else {
                throw ConditionTextError(
                    message: "expected 'and' or the end of the condition, found \(next); conditions are joined by 'and' only")
            }
            conditions.append(try reader.condition())
        }
        return conditions
    }

    private mutating func condition() throws(ConditionTextError) -> PreCheck.Condition {
        let (source, key) = try operand()
        let op = try comparison()
        switch op {
        case .exists(let isThere): return .init(source: source, key: key, op: .exists, values: isThere ? [] : ["false"])
        case .list(let op): return .init(source: source, key: key, op: op, values: try list())
        case .single(let op): return .init(source: source, key: key, op: op, values: [try value()])
        }
    }

    // MARK: Operands

    private mutating func operand() throws(ConditionTextError) -> (PreCheck.Condition.Source, String) {
        guard case .word(let text)? = tokens.popFirst(), text != "and" else {
            throw ConditionTextError(
                message: "a condition begins with what is compared, such as vars.env, shareData.x, tasks.a.output.rows or run.trigger")
        }
        let reference: TemplateReference?
        do throws(TemplateError) {
            reference = try Template("{{\(text)}}").references.first
        } catch {
            throw ConditionTextError(message: error.message)
        }
        switch reference?.target {
        case .variable(let name)?: return (.vars, name)
        case .shareData(let key)?: return (.shareData, key)
        case .output(let task, let path)?: return (.outputs, Self.key(task, path))
        case .run(let field)?: return (.run, field.rawValue)
        case .item([])?: return (.vars, "item")
        case .index?: return (.vars, "index")
        case .item?, nil:
            throw ConditionTextError(message: "'\(text)' cannot be compared: 'when' is looked at once, before there are items")
        }
    }

    /// The way into an output as conditions write it.
    private static func key(_ task: String, _ path: [String]) -> String {
        let steps = path.map { Int($0).map(ValuePath.Step.index) ?? .key($0) }
        return ValuePath("", [.key(task)] + steps).description
    }

    // MARK: Operators

    private enum Comparison {
        case exists(Bool)
        case list(PreCheck.Condition.Op)
        case single(PreCheck.Condition.Op)
    }

    private static let operators: [String: PreCheck.Condition.Op] = [
        "==": .equal, "!=": .notEqual, ">": .greater, "<": .less, ">=": .greaterOrEqual, "<=": .lessOrEqual, "matches": .matches,
    ]

    private mutating func comparison() throws(ConditionTextError) -> Comparison {
        guard let token = tokens.popFirst() else { throw Self.noOperator("the end") }
        switch token {
        case .word("exists"): return .exists(true)
        case .word("in"): return .list(.isIn)
        case .word("not"):
            switch tokens.popFirst() {
            case .word("in")?: return .list(.isNotIn)
            case .word("exists")?: return .exists(false)
            case let other: throw Self.noOperator("'not' and \(other.map { "\($0)" } ?? "the end")")
            }
        case .word(let name), .symbol(let name):
            guard let op = Self.operators[name] else { throw Self.noOperator("\(token)") }
            return .single(op)
        case .quoted: throw Self.noOperator("\(token)")
        }
    }

    private static func noOperator(_ found: String) -> ConditionTextError {
        ConditionTextError(message: "expected ==, !=, >, <, >=, <=, in, not in, matches, exists or not exists, found \(found)")
    }

    // MARK: Values

    private mutating func value() throws(ConditionTextError) -> String {
        switch tokens.popFirst() {
        case .word(let text)?, .quoted(let text)?: return text
        case let other: throw ConditionTextError(message: "expected a value to compare with, found \(other.map { "\($0)" } ?? "the end")")
        }
    }

    private mutating func list() throws(ConditionTextError) -> [String] {
        guard tokens.popFirst() == .symbol("[") else { throw ConditionTextError(message: "'in' takes a list such as [a, b]") }
        var values = [try value()]
        while true {
            switch tokens.popFirst() {
            case .symbol(",")?: values.append(try value())
            case .symbol("]")?: return values
            case let other:
                throw ConditionTextError(message: "expected ',' or ']' in the list, found \(other.map { "\($0)" } ?? "the end")")
            }
        }
    }
}
