import Dispatch
import Engine
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("SQLite: processes that are killed", .timeLimit(.minutes(2)))
struct KillTests {
    /// The program that writes until it is killed; what it printed.
    private func writeUntilKilled(_ url: String, prefix: String, after count: Int) async throws -> [String] {
        let (process, pipe, printed) = (Process(), Pipe(), Watched(Data()))
        process.executableURL = try Self.program()
        process.arguments = ["submit-without-end", url, "--prefix", prefix]
        process.standardOutput = pipe
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
        let hasEnded = Watched(false)
        try process.run()
        async let reading: Void = Self.read(descriptor, into: printed, until: hasEnded)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(
                try await printed.wait(for: "\(count) runs", within: .seconds(60)) { $0.count { $0 == UInt8(ascii: "\n") } >= count })
        } catch { outcome = .failure(error) }
        kill(process.processIdentifier, SIGKILL)
        // Another process that began at the same time may hold the pipe open: what counts is that the writer has ended.
        await Self.waitForEnd(of: process.processIdentifier)
        hasEnded.change { $0 = true }
        await reading
        try pipe.fileHandleForReading.close()
        try outcome.get()
        // The last line may be cut short.
        return String(decoding: printed.value, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
            String.init)
    }

    /// Reads until the writer has ended, and then what is left.
    ///
    /// On a thread of its own: libdispatch for Linux may crash where read sources come and go on several threads (swift-corelibs-libdispatch issue 949), and handlers of `FileHandle` are such.
    private static func read(_ descriptor: Int32, into printed: Watched<Data>, until hasEnded: Watched<Bool>) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var isLast = false
                while !isLast {
                    isLast = hasEnded.value
                    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    if !isLast { poll(&ready, 1, 20) }
                    printed.change { Self.read(descriptor, into: &$0) }
                }
                continuation.resume()
            }
        }
    }

    /// Reads what there is.
    private static func read(_ descriptor: Int32, into data: inout Data) {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Foundation.read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return }
            data += bytes.prefix(count)
        }
    }

    /// Waits without taking the exit code from whoever started the process.
    private static func waitForEnd(of process: Int32) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var info = siginfo_t()
                while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
                continuation.resume()
            }
        }
    }

    private static func program() throws -> URL {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()].map {
            $0.appendingPathComponent("JournalWorker")
        }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) }, "JournalWorker is not built")
    }

    @Test("kill -9 in the middle of commits loses nothing that was acknowledged", arguments: SQLiteLocation.Synchronous.allCases)
    func killed(_ synchronous: SQLiteLocation.Synchronous) async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            var acknowledged: [String] = []
            for (round, count) in [1, 40, 300, 1_500].enumerated() {
                acknowledged += try await writeUntilKilled(
                    "sqlite:\(path)?synchronous=\(synchronous.rawValue)", prefix: "r\(round)", after: count)
            }
            let file = try await SQLiteFile.open(SQLiteLocation(path: path), creating: false)
            let kept = Set(try await file.read { try String.fetchAll($0, sql: "SELECT id FROM dag_instance") })
            #expect(acknowledged.count > 1_840)
            #expect(acknowledged.filter { !kept.contains($0) } == [])
            #expect(try await file.integrity() == "ok")
            try file.close()
        }
    }

    @Test("of two processes on one file, one that is killed does not hinder the other")
    func other() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            let file = try await SQLiteFile.open(location)
            let keeper = file.keeper()
            _ = try await keeper.join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            let acknowledged = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        guard try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil else {
                            throw StoreError(.refused, "the session is gone")
                        }
                    }
                }
                defer { group.cancelAll() }
                return try await writeUntilKilled("sqlite:\(folder)/flow.db", prefix: "r", after: 300)
            }
            #expect(try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) != nil)
            #expect(try await file.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM dag_instance") } ?? 0 >= acknowledged.count)
            try file.close()
        }
    }
}
