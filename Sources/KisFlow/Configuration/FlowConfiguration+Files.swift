import Yams

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension FlowConfiguration {
    /// A file larger than this is no configuration; it is reported, not read.
    private static let maximumFileSize = 1 << 20

    /// Reads every `.yml` and `.yaml` file below a folder, in the order of their paths.
    ///
    /// Both spellings of names are known (`fname`, `cname`, `flow_name` and the older `fid`, `cid`, `flow_id`); one file may hold several documents.
    ///
    /// - Throws: ``FlowError`` of kind `configuration` with every mistake in every file, each with file, line and column.
    public static func load(directory: String) throws -> FlowConfiguration {
        try reader(of: directory).finish()
    }

    /// A reader that has read every file below a folder.
    ///
    /// - Throws: ``FlowError`` of kind `configuration` when the folder cannot be listed.
    static func reader(of directory: String) throws -> ConfigurationReader {
        var reader = ConfigurationReader()
        for file in try files(below: directory) {
            switch contents(of: file) {
            case .success(let text): reader.read(text, file: file)
            case .failure(let error): error.issues.forEach { reader.report($0) }
            }
        }
        return reader
    }

    /// Reads documents that are at hand as texts.
    ///
    /// - Parameter documents: file names (used in error messages) and their contents.
    public static func parse(_ documents: [String: String]) throws -> FlowConfiguration {
        var reader = ConfigurationReader()
        for (file, text) in documents.sorted(by: { $0.key < $1.key }) { reader.read(text, file: file) }
        return try reader.finish()
    }

    /// Writes one file per definition into a folder (made if needed); the file names are the keys of ``yaml()``.
    public func export(to directory: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for (file, text) in try yaml() {
                try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(file)"), options: .atomic)
            }
        } catch let error as FlowError {
            throw error
        } catch {
            throw FlowError(.configuration, "cannot export to \(directory): \(error)", underlying: error)
        }
    }

    private static func files(below directory: String) throws -> [String] {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory else {
            throw FlowError(issues: [ConfigurationIssue("there is no such folder", file: directory)])
        }
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
                .sorted().map { "\(directory)/\($0)" }
        } catch {
            throw FlowError(issues: [ConfigurationIssue("cannot list the folder: \(error)", file: directory)])
        }
    }

    private static func contents(of file: String) -> Result<String, FlowError> {
        guard let data = FileManager.default.contents(atPath: file) else {
            return .failure(FlowError(issues: [ConfigurationIssue("cannot read the file", file: file)]))
        }
        guard data.count <= maximumFileSize else {
            return .failure(
                FlowError(issues: [ConfigurationIssue("the file has \(data.count) bytes, more than \(maximumFileSize)", file: file)]))
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            return .failure(FlowError(issues: [ConfigurationIssue("the file is not UTF-8", file: file)]))
        }
        return .success(text)
    }
}

extension YamlError {
    /// The mistake with its place, without the excerpt of the file that the library adds.
    func issue(file: String) -> ConfigurationIssue {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            ConfigurationIssue(problem, file: file, line: mark.line, column: mark.column)
        case .duplicatedKeysInMapping(let duplicates, let context):
            ConfigurationIssue(
                "the key \(duplicates.map { "\"\($0)\"" }.joined(separator: ", ")) is given more than once", file: file,
                line: context.mark.line, column: context.mark.column)
        default:
            ConfigurationIssue("\(self)", file: file)
        }
    }
}
