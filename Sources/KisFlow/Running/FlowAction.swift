/// What a function tells its flow to do next. Actions combine: `[.dataReuse, .forceEntryNext]`.
///
/// Their order of precedence is `abort`, then `jump(to:)`, then going on to the next function.
public struct FlowAction: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    public private(set) var reusesData = false
    public private(set) var forcesEntry = false
    public private(set) var aborts = false
    public private(set) var jumpTarget: String?

    /// Goes on to the next function with the committed rows; with none, the flow ends early and says why.
    public static let next = FlowAction()

    /// Passes on the rows that came in (without those that were rejected or failed) in place of those committed.
    public static let dataReuse = FlowAction { $0.reusesData = true }

    /// Goes on to the next function even without rows. Rows that are there are kept.
    public static let forceEntryNext = FlowAction { $0.forcesEntry = true }

    /// Ends the flow after this function; the result says so and keeps its rows.
    public static let abort = FlowAction { $0.aborts = true }

    /// Goes on with another function of the same flow: the last one of that name at or before this function, otherwise the first one after it.
    ///
    /// It gets what the function before it gave last in this run (the flow's own rows, for the flow's first function). If that function has not
    /// run yet, which is so when a jump leads forward, it gets the rows of the function that jumped.
    public static func jump(to function: String) -> FlowAction {
        FlowAction { $0.jumpTarget = function }
    }

    /// All of these at once; of several jumps the last one counts.
    public init(arrayLiteral elements: FlowAction...) {
        for element in elements {
            reusesData = reusesData || element.reusesData
            forcesEntry = forcesEntry || element.forcesEntry
            aborts = aborts || element.aborts
            jumpTarget = element.jumpTarget ?? jumpTarget
        }
    }

    private init(_ change: (inout FlowAction) -> Void) {
        self.init()
        change(&self)
    }

    public var description: String {
        let parts = [
            reusesData ? "dataReuse" : nil, forcesEntry ? "forceEntryNext" : nil, jumpTarget.map { "jump(to: \($0))" },
            aborts ? "abort" : nil,
        ]
        let given = parts.compactMap(\.self)
        return given.isEmpty ? "next" : given.joined(separator: ", ")
    }
}
