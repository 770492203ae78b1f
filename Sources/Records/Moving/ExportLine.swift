import BSON
import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One line of an export: a JSON object with one member, whose key says what it is.
///
/// First comes `export`; then for each run the `version` of its definition unless it was written before, the `run`, its `task`s, `command`s, `trace`s and `endOfRun`; at last `end`.
enum ExportLine: Sendable {
    case export(format: Int64, at: Date)
    case version(NewDefinition)
    case run(DagInstance)
    case task(TaskInstance)
    case command(CommandRecord)
    case trace(TraceChunk)
    /// All that belongs to the run was written.
    case endOfRun(String)
    /// Nothing is missing.
    case end(runs: Int64)

    /// The format that this program writes, and the highest that it reads.
    static let format: Int64 = 1

    // MARK: Writing

    /// Without a line feed.
    var text: String { get throws { try ExtendedJSON.text([kind: .document(content)]) } }

    private var kind: String {
        switch self {
        case .export: "export"
        case .version: "version"
        case .run: "run"
        case .task: "task"
        case .command: "command"
        case .trace: "trace"
        case .endOfRun: "endOfRun"
        case .end: "end"
        }
    }

    private var content: Document {
        get throws {
            switch self {
            case .export(let format, let at): ["program": "swiftflow", "format": .int64(format), "at": .date(at)]
            case .version(let new):
                [
                    "_id": .string(Dag.versionKey(id: new.dag.id, version: new.version)), "dagId": .string(new.dag.id),
                    "version": .string(new.version), "definition": .document(try BSONEncoder().encode(new.dag).keysSorted),
                ]
            case .run(let run): run.document
            case .task(let task): task.document
            case .command(let command): command.document
            case .trace(let chunk): try chunk.document
            case .endOfRun(let id): ["_id": .string(id)]
            case .end(let runs): ["runs": .int64(runs)]
            }
        }
    }

    // MARK: Reading

    /// - Throws: `StoreError` that says what is wrong, but not where.
    init(_ json: some Sequence<UInt8>) throws(StoreError) {
        let line: Document
        do throws(ExtendedJSON.Mistake) { line = try ExtendedJSON.document(json) } catch {
            throw Self.malformed("it is no JSON of an export: \(error)")
        }
        guard let kind = line.firstKey, line.keys.count == 1, let content = line[kind]?.documentValue else {
            throw Self.malformed("it is no line of an export: that is an object with one member, which is an object")
        }
        let fields = FieldReader(document: content, collection: kind)
        switch kind {
        case "export": self = .export(format: try fields.int("format"), at: try fields.date("at"))
        case "version": self = .version(try Self.version(fields))
        case "run": self = .run(try DagInstance(fields))
        case "task": self = .task(try TaskInstance(fields))
        case "command": self = .command(try CommandRecord(fields))
        case "trace": self = .trace(try TraceChunk(fields))
        case "endOfRun": self = .endOfRun(try fields.string("_id"))
        case "end": self = .end(runs: try fields.int("runs"))
        default: throw Self.malformed("'\(kind.prefix(40))' is nothing that an export has")
        }
    }

    private static func version(_ fields: FieldReader) throws(StoreError) -> NewDefinition {
        let version = try fields.string("version")
        let definition = try fields.required("definition", "a document") { $0.documentValue }
        let dag: Dag
        do { dag = try BSONDecoder().decode(Dag.self, from: definition) } catch {
            throw malformed("version '\(fields.id)': the field 'definition' does not decode: \(error)")
        }
        guard dag.id == (try fields.string("dagId")) else {
            throw malformed("version '\(fields.id)': the definition has the id '\(dag.id)'")
        }
        return NewDefinition(dag: dag, version: version, source: "import")
    }

    static func malformed(_ what: String) -> StoreError { StoreError(.malformed, what) }
}
