public import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A definition file read from disk, with all that is wrong with it.
public struct DagFile: Sendable {
    public var path: String
    /// The definition; `nil` if anything is an error.
    public var dag: Dag?
    public var problems: [Problem]
    /// The DAGs that its tasks run.
    var subDags: [SubDagUse] = []

    /// Reads one file.
    public static func read(_ path: String, known: KnownActions?, limits: DagLimits = DagLimits()) -> DagFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            return DagFile(path: path, dag: nil, problems: [.unreadable(path, "the file is not there or cannot be read")])
        }
        return parse(data, path: path, known: known, limits: limits)
    }

    /// What the content of a file means.
    static func parse(_ data: Data, path: String, known: KnownActions?, limits: DagLimits) -> DagFile {
        guard data.count <= limits.maxFileBytes else {
            let message =
                "the file has \(data.count) bytes, more than the \(limits.maxFileBytes) allowed; keep data out of definitions, or raise \(DagLimits.bytesSetting)"
            return DagFile(path: path, dag: nil, problems: [.unreadable(path, message)])
        }
        guard let text = String(data: data, encoding: .utf8) else {
            return DagFile(path: path, dag: nil, problems: [.unreadable(path, "the file is not UTF-8 text")])
        }
        let result = DagParser.parse(text, file: path, known: known, limits: limits)
        return DagFile(path: path, dag: result.dag, problems: result.problems, subDags: result.subDags)
    }

    /// Reads a file, or all `.yaml` and `.yml` files directly in a directory in order of name, and reports ids that two files share, and DAGs that run each other in circles.
    public static func readAll(_ path: String, known: KnownActions?, limits: DagLimits = DagLimits()) -> [DagFile] {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory else {
            return checkedTogether([read(path, known: known, limits: limits)])
        }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter {
            $0.hasSuffix(".yaml") || $0.hasSuffix(".yml")
        }
        guard !names.isEmpty else {
            return [DagFile(path: path, dag: nil, problems: [.unreadable(path, "the directory has no .yaml or .yml file")])]
        }
        var owners: [String: String] = [:]
        let files = names.sorted().map { name in
            var file = read("\(path)/\(name)", known: known, limits: limits)
            guard let id = file.dag?.id else { return file }
            if let other = owners[id] {
                file.problems.append(.unreadable(file.path, "the id '\(id)' is that of \(other) already; ids must be unique"))
                file.dag = nil
            }
            owners[id] = file.path
            return file
        }
        return checkedTogether(files)
    }

    private static func checkedTogether(_ files: [DagFile]) -> [DagFile] {
        let members = files.compactMap { file in file.dag.map { DagSetChecks.Member(id: $0.id, file: file.path, subDags: file.subDags) } }
        let problems = Dictionary(grouping: DagSetChecks.problems(members), by: \.file)
        return files.map { file in
            var file = file
            file.problems += problems[file.path] ?? []
            if file.problems.contains(where: { $0.severity == .error }) { file.dag = nil }
            return file
        }
    }
}

extension Problem {
    fileprivate static func unreadable(_ path: String, _ message: String) -> Problem {
        Problem(severity: .error, file: path, line: 1, column: 1, message: message)
    }
}
