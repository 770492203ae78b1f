import Engine
import Foundation
import TestSupport
import Testing

@testable import SQLiteBackend

/// Two boards on one file are told like two processes: each skips what it wrote itself.
@Suite("SQLite: hints between processes", .timeLimit(.minutes(1)))
struct HintTests {
    private final class Ear: Sendable {
        let heard = Watched<[Hint]>([])

        var hear: @Sendable (Hint) -> Void { { [heard] hint in heard.change { $0.append(hint) } } }

        /// Waits for what whoever begins to listen is told, and forgets it.
        func settle() async throws {
            try await heard.wait(for: "the listener") { $0.count >= 3 }
            heard.change { $0 = [] }
        }

        func wait(for hint: Hint) async throws { try await heard.wait(for: "\(hint)") { $0.contains(hint) } }
    }

    /// Runs something with a board that listens as session `s`, and another that tells.
    private func withBoards(_ body: (_ path: String, _ ear: Ear, _ teller: HintBoard) async throws -> Void) async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            let (listener, ear) = (HintBoard(path: path, logger: quiet), Ear())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await listener.listen(as: .session("s"), ear.hear) }
                defer { group.cancelAll() }
                try await ear.settle()
                try await body(path + "-hints", ear, HintBoard(path: path, logger: quiet))
            }
        }
    }

    @Test("hints of another process arrive, once and in order, and those for others do not")
    func arrive() async throws {
        try await withBoards { _, ear, teller in
            await teller.signal([.leaderGone, .dispatch, .assigned(session: "other")])
            await teller.signal([.assigned(session: "s", runs: ["a\n\"b"])])
            try await ear.wait(for: .assigned(session: "s", runs: ["a\n\"b"]))
            #expect(ear.heard.value == [.leaderGone, .assigned(session: "s", runs: ["a\n\"b"])])
        }
    }

    @Test("a process does not hear from the file what it wrote itself")
    func own() async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            let (board, ear) = (HintBoard(path: path, logger: quiet), Ear())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await board.listen(as: .session("s"), ear.hear) }
                defer { group.cancelAll() }
                try await ear.settle()
                await board.signal([.unlocked(key: "k")])
                await HintBoard(path: path, logger: quiet).signal([.leaderGone])
                try await ear.wait(for: .leaderGone)
                #expect(ear.heard.value == [.unlocked(key: "k"), .leaderGone])
            }
        }
    }

    enum Mishap: String, CaseIterable, Sendable {
        case deleted, renamed, replaced, shortened
        case unreadable = "given a line that is none"

        func happen(to path: String) throws {
            switch self {
            case .deleted: try FileManager.default.removeItem(atPath: path)
            case .renamed: #expect(rename(path, path + "-away") == 0)
            case .replaced:
                try Data("{}\n".utf8).write(to: URL(fileURLWithPath: path + "-new"))
                #expect(rename(path + "-new", path) == 0)
            case .shortened: #expect(truncate(path, 0) == 0)
            case .unreadable: try append("what is this\n", to: path)
            }
        }

        private func append(_ text: String, to path: String) throws {
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
    }

    @Test("after a mishap with the file everybody is told to look, and hints arrive again", arguments: Mishap.allCases)
    func mishaps(_ mishap: Mishap) async throws {
        try await withBoards { path, ear, teller in
            await teller.signal([.leaderGone])
            try await ear.wait(for: .leaderGone)
            ear.heard.change { $0 = [] }
            try mishap.happen(to: path)
            try await ear.heard.wait(for: "everything") { $0 == HintListener.session("s").everything }
            await teller.signal([.unlocked(key: "after")])
            try await ear.wait(for: .unlocked(key: "after"))
        }
    }

    @Test("a file that has grown large is set aside, and nothing is missed")
    func rotation() async throws {
        try await withBoards { path, ear, teller in
            let runs = (0..<90).map { "run-\($0)-" + String(repeating: "x", count: 200) }
            for number in 0..<120 { await teller.signal([.assigned(session: "\(number)", runs: runs)]) }
            await teller.signal([.unlocked(key: "last")])
            try await ear.heard.wait(for: "the last, or to look") { heard in
                heard.contains(.unlocked(key: "last")) || heard.contains(.unlocked(key: nil))
            }
            #expect(FileManager.default.fileExists(atPath: path + "-old"))
            let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
            #expect(size < 2 << 20)
        }
    }

    @Test("when nobody listens any more nothing is open")
    func closes() async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            let board = HintBoard(path: path, logger: quiet)
            for _ in 0..<20 {
                let ear = Ear()
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await board.listen(as: .session("s"), ear.hear) }
                    try? await ear.settle()
                    group.cancelAll()
                }
            }
            // What is cancelled is closed in turn, before what comes after it.
            await board.signal([.leaderGone])
            let open = try Self.openFiles(path + "-hints")
            #expect(open == 0)
        }
    }

    private static func openFiles(_ path: String) throws -> Int {
        let folder = "/proc/self/fd"
        guard FileManager.default.fileExists(atPath: folder) else { return 0 }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + name)) == path
        }.count
    }

    @Test("a line keeps every kind of hint, and names no runs where there are many")
    func lines() {
        let hints: [Hint] = [
            .dispatch, .nodesChanged, .commands, .leaderGone, .unlocked(key: nil), .unlocked(key: "$k\n"), .assigned(session: "s"),
            .assigned(session: "s", runs: ["a"]), .commanded(session: "s", runs: ["a", "b"]),
        ]
        let line = HintLine(writer: "w", hints: hints)
        let bytes = line.encoded()
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(HintLine(bytes.dropLast()) == line)
        let many = HintLine(writer: "w", hints: [.assigned(session: "s", runs: (0...HintLine.runLimit).map { "\($0)" })])
        #expect(HintLine(many.encoded().dropLast())?.hints == [.assigned(session: "s")])
        #expect(HintLine(Array("{}".utf8)) == nil && HintLine(Array("".utf8)) == nil && HintLine(bytes.dropLast(5)) == nil)
    }
}
