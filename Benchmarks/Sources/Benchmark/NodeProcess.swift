import Foundation

/// A node in a process of its own: this very program's `node` command.
final class NodeProcess {
    private let process = Process()

    init(url: String, key: String, arguments: [String] = []) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["node", "--url", url, "--key", key, "--log-level", "warning"] + arguments
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var pid: Int { Int(process.processIdentifier) }
    var cpuSeconds: Double { processorSeconds(of: pid) }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
