/// Collects the tasks of a DAG that is written in Swift; see `Dag.init(_:name:desc:vars:tasks:)`.
@resultBuilder
public enum DagBuilder {
    public static func buildExpression(_ task: Dag.Task) -> [Dag.Task] { [task] }
    public static func buildExpression(_ tasks: [Dag.Task]) -> [Dag.Task] { tasks }
    public static func buildBlock(_ parts: [Dag.Task]...) -> [Dag.Task] { parts.flatMap(\.self) }
    public static func buildOptional(_ part: [Dag.Task]?) -> [Dag.Task] { part ?? [] }
    public static func buildEither(first part: [Dag.Task]) -> [Dag.Task] { part }
    public static func buildEither(second part: [Dag.Task]) -> [Dag.Task] { part }
    public static func buildArray(_ parts: [[Dag.Task]]) -> [Dag.Task] { parts.flatMap(\.self) }
}
