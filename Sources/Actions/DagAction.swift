public import Engine
public import Workflow

/// `dag`: runs another DAG as a child and waits for it, without a place on any node. The output has those of the child's tasks by their ids: `{{tasks.<id>.output.extract.rows}}`.
///
/// Cancelling the run cancels the child; a child that fails, fails the task; a retry of the task retries what failed in the child.
public struct DagAction: Action {
    public static let name = "dag"

    public struct Parameters: Codable, Sendable {
        /// The DAG to run.
        public var dag: String
        /// Its variables; numbers and booleans as they are written, lists and objects as JSON.
        public var vars: [String: Value]?
        /// The version to run; the current one where not given.
        public var version: String?

        public init(dag: String, vars: [String: Value]? = nil, version: String? = nil) {
            self.dag = dag
            self.vars = vars
            self.version = version
        }
    }

    public init() {}

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        let vars = (parameters.vars ?? [:]).mapValues(\.plainText)
        try context.setOutput(try await context.runChild(dag: parameters.dag, vars: vars, version: parameters.version))
    }
}
