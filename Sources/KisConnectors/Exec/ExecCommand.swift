import Foundation
import Subprocess

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// A program with its arguments.
struct ExecCommand: Sendable, CustomStringConvertible {
    let program: String
    let arguments: [String]

    /// A name is looked for in PATH; a relative path starts in `directory`.
    func executable(in directory: String?) -> Executable {
        guard program.contains("/") else { return .name(program) }
        guard let directory, !program.hasPrefix("/") else { return .path(FilePath(program)) }
        return .path(FilePath("\(directory)/\(program)"))
    }

    /// For messages: at most 120 characters, and without passwords in URLs.
    var description: String {
        let isLine = program == "/bin/sh" && arguments.count == 2 && arguments[0] == "-c"
        let words = isLine ? [arguments[1]] : [program] + arguments
        let text = words.map(Self.withoutCredentials).joined(separator: " ")
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 120 ? "\(line.prefix(120))…" : line
    }

    private static func withoutCredentials(_ text: String) -> String {
        text.replacing(/:\/\/[^\s\/@]*@/, with: "://***@")
    }
}
