import Engine
import Foundation
import Testing

@testable import SQLiteBackend

@Suite("SQLite: processes that are gone")
struct ProcessMarkTests {
    private let own = ProcessMark(namespace: "pid:[1]", pid: 10, start: "500")
    private let other = ProcessMark(namespace: "pid:[1]", pid: 11, start: "600")

    @Test("a process is gone when there is none of its id, when it has ended, or when the id is another process's by now")
    func gone() {
        #expect(other.isGone(own: own) { _ in .absent })
        #expect(other.isGone(own: own) { _ in .started("600", hasEnded: true) })
        #expect(other.isGone(own: own) { _ in .started("601", hasEnded: false) })
        #expect(!other.isGone(own: own) { _ in .started("600", hasEnded: false) })
    }

    @Test("what cannot be judged is not gone: hidden processes, other containers, a system that tells nothing")
    func unknown() {
        #expect(!other.isGone(own: own) { _ in .present })
        #expect(!other.isGone(own: ProcessMark(namespace: "pid:[2]", pid: 10, start: "500")) { _ in .absent })
        #expect(!other.isGone(own: nil) { _ in .absent })
        #expect(!own.isGone(own: own) { _ in .absent })
    }

    @Test("the kernel's words are read whatever the program is called")
    func parsed() {
        let fields = (4...21).map(String.init).joined(separator: " ")
        #expect(ProcessMark.parsed("11 (a) b) (c) S \(fields) 4711 23 24\n") == .started("4711", hasEnded: false))
        #expect(ProcessMark.parsed("11 (x) Z \(fields) 4711 23") == .started("4711", hasEnded: true))
        #expect(ProcessMark.parsed("nonsense") == nil && ProcessMark.parsed("11 (x) S 1 2") == nil)
        #expect(ProcessMark(text: other.text) == other && ProcessMark(text: "x y z") == nil)
    }

    #if os(Linux)
    @Test("the place and the leadership of a process that was killed are free at once, those of one that lives are not")
    func killed() async throws {
        try await TemporaryFile.with { file in
            let backend = try await SQLiteBackend.open(file.location)
            defer { backend.close() }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sleep")
            process.arguments = ["600"]
            try process.run()
            let description = NodeDescription(key: "w", actions: [], flows: [], capacity: 1, host: "h", pid: Int(process.processIdentifier))
            _ = try await backend.keeper.join(description, session: "dead", replacing: nil, ttl: .seconds(600))
            #expect(try await backend.keeper.campaign(key: "w", session: "dead", ttl: .seconds(600)).session == "dead")
            let mark = try #require(ProcessMark.of(process.processIdentifier))
            try await backend.file.write { db in
                guard var row = try NodeRow.find(db, "w") else { return }
                row.process = mark
                try row.put(db)
            }
            #expect(try await backend.keeper.leader()?.session == "dead")
            let answer = try await backend.keeper.join(description, session: "new", replacing: "dead", ttl: .seconds(5))
            guard case .taken = answer else { throw StoreError(.refused, "the place of a process that lives was given away") }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(try await backend.keeper.nodes().first?.isExpired == true)
            #expect(try await backend.keeper.leader() == nil)
            #expect(try await backend.keeper.campaign(key: "v", session: "next", ttl: .seconds(5)).term == 2)
            guard case .joined = try await backend.keeper.join(description, session: "new", replacing: "dead", ttl: .seconds(5)) else {
                throw StoreError(.refused, "the place of a process that is gone was not given away")
            }
        }
    }
    #endif
}
