import Foundation

/// Runs another program to its end.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: what the program wrote to its standard output.
    /// - Throws: ``Failure`` with its last words when it does not end with 0.
    static func run(_ name: String, _ arguments: [String]) async throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.standardInput = FileHandle.nullDevice
        return try await withTemporaryFolder { folder in
            // Files and not pipes: nobody has to empty them while the program runs.
            let (output, errors) = (URL(filePath: "\(folder)/output"), URL(filePath: "\(folder)/errors"))
            for file in [output, errors] { try Data().write(to: file) }
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                process.terminationHandler = { _ in continuation.resume() }
                do {
                    try process.run()
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
            guard process.terminationStatus == 0 else {
                let text = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
                throw Failure(description: "\(name) ended with \(process.terminationStatus): \(text.suffix(2_000))")
            }
            return try Data(contentsOf: output)
        }
    }
}
