/// What one `{{…}}` stands for.
public struct TemplateReference: Hashable, Sendable {
    public var target: Target
    /// The template as it was written, braces and all, for messages.
    public var source: String

    public init(_ target: Target, source: String) {
        self.target = target
        self.source = source
    }

    public enum Target: Hashable, Sendable {
        /// A variable of the run: `{{fileName}}`, `{{vars.fileName}}`, `{{.vars.fileName.Value}}`.
        case variable(String)
        /// Share data of the run: `{{shareData.key}}`, `{{.shareData.key}}`.
        case shareData(String)
        /// The output of an earlier task, or a part of it: `{{tasks.extract.output.rows}}`.
        case output(task: String, path: [String])
        /// A fact about the run: `{{run.id}}`, `{{run.dagId}}`.
        case run(RunField)
        /// The item of a fan-out that the task is for, or a part of it: `{{item}}`, `{{item.name}}`. Elsewhere `{{item}}` is the variable of that name.
        case item(path: [String])
        /// The position of the item in its list, from 0: `{{index}}`. Elsewhere the variable of that name.
        case index
    }

    public enum RunField: String, Hashable, Sendable, CaseIterable {
        case id
        case dagId
        /// What started it.
        case trigger
        /// How it has ended; for tasks of `onExit` only.
        case status
        /// Why it has ended so; for tasks of `onExit` only.
        case reason

        /// Whether only tasks of `onExit` can know it.
        var isKnownAtEnd: Bool { self == .status || self == .reason }
    }
}
