/// How far a stream had come, with all that a later run needs to go on from there: at least once, since what came after it may be saved already.
///
/// A stream makes one after batches that have gone through the whole flow. Connectors that know positions (files) go back to where they stood, so
/// that nothing is saved twice; others may see the rows behind the checkpoint again.
public struct FlowCheckpoint: Sendable, Hashable, Codable {
    /// What was being saved.
    struct Sink: Sendable, Hashable, Codable {
        let target: OpenWriters.Target
        let position: FieldValue
    }

    struct Fold: Sendable, Hashable, Codable {
        let step: Int
        let state: FieldValue
    }

    public let flow: String
    /// Of what the run was made of; a run of something else starts at the beginning.
    let shape: String
    /// Batches that are done.
    public let batches: Int
    /// Rows of the source that are done.
    public let rows: Int
    /// Where the source goes on.
    public let source: FieldValue
    let sinks: [Sink]
    let folds: [Fold]
    /// What the functions did so far.
    let functions: [FunctionReport]
}
