import Logging
import TestSupport
import Testing
import Workflow

@testable import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Definition files")
struct DagSyncTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "swiftflow-\(UInt64.random(in: 0...UInt64.max))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func write(_ text: String, _ directory: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }

    private func yaml(_ id: String, tasks: [String]) -> String {
        (["id: \(id)", "tasks:"] + tasks.flatMap { ["- id: \($0)", "  actionName: step"] }).joined(separator: "\n") + "\n"
    }

    @Test("the leader keeps the directory's definitions current; a file with a mistake leaves its definition as it is")
    func sync() async throws {
        try await withDirectory { directory in
            try write(yaml("one", tasks: ["a"]), directory, "one.yaml")
            try write(yaml("two", tasks: ["a"]), directory, "two.yml")
            try write("tasks: [", directory, "broken.yaml")
            try write("not a definition", directory, "readme.txt")
            try await withCluster { cluster in
                try cluster.start("w1", ttl: .seconds(1), dagDirectory: directory)
                try await cluster.backend.wait(for: "definitions") { $0.dags.count == 2 }
                try write(yaml("one", tasks: ["a", "b"]), directory, "one.yaml")
                try await cluster.backend.wait(for: "the change") { $0.dags["one"]?.dag.tasks.count == 2 }
                try write("id: two\ntasks: 7\n", directory, "two.yml")
                try write(yaml("three", tasks: ["a"]), directory, "uvw.yaml")
                try await cluster.backend.wait(for: "the new file") { $0.dags["three"] != nil }
                #expect(cluster.backend.state.value.dags["two"]?.revision == 1)
                #expect(cluster.backend.state.value.dags["two"]?.source == "two.yml")
            }
        }
    }

    @Test("a file that was renamed goes on being kept current under its new name")
    func renamed() async throws {
        try await withDirectory { directory in
            try write(yaml("one", tasks: ["a"]), directory, "old.yaml")
            try await withCluster { cluster in
                try cluster.start("w1", ttl: .seconds(1), dagDirectory: directory)
                try await cluster.backend.wait(for: "the definition") { $0.dags["one"]?.source == "old.yaml" }
                try FileManager.default.moveItem(atPath: "\(directory)/old.yaml", toPath: "\(directory)/new.yaml")
                try write(yaml("one", tasks: ["a", "b"]), directory, "new.yaml")
                try await cluster.backend.wait(for: "the change") { $0.dags["one"]?.dag.tasks.count == 2 }
            }
        }
    }

    @Test(
        "what should have been applied and could not be is applied later, though the store knows the version by then",
        arguments: [false, true])
    func interrupted(isConflict: Bool) async throws {
        try await withDirectory { directory in
            try write(yaml("one", tasks: ["a"]), directory, "one.yaml")
            let backend = MemoryBackend()
            let earlier = NewDefinition(
                dag: Dag(id: "one"), version: "v0", source: "old.yaml", origin: DagOrigin(directory: directory, file: "one.yaml"))
            _ = try await backend.store.apply([earlier], onlyUnknown: false)
            let isFirst = Watched(true)
            var store = HookedStore(backend.store)
            store.onApplyAll = { definitions in
                guard isFirst.value else { return nil }
                isFirst.change { $0 = false }
                // Half-way: the version is kept, and nothing points to it.
                backend.state.change { state in
                    for new in definitions { state.dagVersions[Dag.versionKey(id: new.dag.id, version: new.version)] = new.dag }
                }
                return definitions.map { _ in
                    isConflict ? .success(.conflict) : .failure(StoreError(.unavailable, "gone", outcome: .unknown))
                }
            }
            let sync = DagSync(
                directory: directory, commander: Commander(store: store, keeper: backend.keeper), known: KnownActions(builtIn: ["step"]),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            await sync.syncChanged()
            await sync.syncChanged()
            #expect(backend.state.value.dags["one"]?.source == "one.yaml")
        }
    }

    @Test("files that cannot be read are problems that name them")
    func unreadable() async throws {
        try await withDirectory { directory in
            #expect(DagFile.read("\(directory)/none.yaml", known: nil).problems.first?.description.contains("none.yaml") == true)
            try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: "\(directory)/binary.yaml"))
            #expect(DagFile.read("\(directory)/binary.yaml", known: nil).problems.first?.message.contains("UTF-8") == true)
            let empty = "\(directory)/empty"
            try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
            #expect(DagFile.readAll(empty, known: nil).first?.problems.isEmpty == false)
        }
    }

    @Test("an id that two files share is a problem of the second")
    func sharedID() async throws {
        try await withDirectory { directory in
            try write(yaml("one", tasks: ["a"]), directory, "a.yaml")
            try write(yaml("one", tasks: ["b"]), directory, "b.yaml")
            let files = DagFile.readAll(directory, known: nil)
            #expect(files.map { $0.dag != nil } == [true, false])
            #expect(files.last?.problems.contains { $0.message.contains("a.yaml") } == true)
        }
    }

    private func dagSync(_ directory: String, _ backend: MemoryBackend, faults: Faults = Faults()) -> DagSync {
        DagSync(
            directory: directory, commander: Commander(store: FaultyStore(backend.store, faults: faults), keeper: backend.keeper),
            known: KnownActions(builtIn: ["step"]), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Lets a file be as old as one that nobody has touched for a while.
    private func age(_ directory: String, _ name: String, by seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: "\(directory)/\(name)")
    }

    @Test("no file is parsed twice unless its content changed")
    func parsedOnce() async throws {
        try await withDirectory { directory in
            for number in 0..<250 {
                try write(yaml("dag-\(number)", tasks: ["a"]), directory, "\(number).yaml")
                try age(directory, "\(number).yaml", by: 100)
            }
            let backend = MemoryBackend()
            let sync = dagSync(directory, backend)
            await sync.syncChanged()
            #expect(backend.state.value.dags.count == 250)
            #expect(sync.parsed == 250)
            await sync.syncChanged()
            // Touched, and written anew with what was there: another time and inode, the same content.
            try age(directory, "1.yaml", by: 50)
            try FileManager.default.removeItem(atPath: "\(directory)/2.yaml")
            try write(yaml("dag-2", tasks: ["a"]), directory, "2.yaml")
            await sync.syncChanged()
            #expect(sync.parsed == 250)
            try write(yaml("dag-3", tasks: ["a", "b"]), directory, "3.yaml")
            await sync.syncChanged()
            #expect(sync.parsed == 251)
            #expect(backend.state.value.dags["dag-3"]?.revision == 2)
            #expect(backend.state.value.dags["dag-2"]?.revision == 1)
        }
    }

    @Test("a change that leaves size and time as they were is seen by its content while the time is young")
    func sameStamp() async throws {
        try await withDirectory { directory in
            try write(yaml("d", tasks: ["a"]), directory, "d.yaml")
            let backend = MemoryBackend()
            let sync = dagSync(directory, backend)
            let time = try FileManager.default.attributesOfItem(atPath: "\(directory)/d.yaml")[.modificationDate] as? Date
            await sync.syncChanged()
            try write(yaml("d", tasks: ["b"]), directory, "d.yaml")
            try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: "\(directory)/d.yaml")
            await sync.syncChanged()
            #expect(backend.state.value.dags["d"]?.dag.tasks.map(\.id) == ["b"])
        }
    }

    @Test("a store that fails for a moment is asked again, and what was applied by hand stays at a leader's first look")
    func tryAgain() async throws {
        try await withDirectory { directory in
            try write(yaml("d", tasks: ["a"]), directory, "d.yaml")
            let backend = MemoryBackend()
            let faults = Faults()
            let sync = dagSync(directory, backend, faults: faults)
            for call in 1...2 { faults.fail(.apply, call: call, .before) }
            await sync.syncChanged()
            #expect(backend.state.value.dags.isEmpty)
            await sync.syncChanged()
            #expect(backend.state.value.dags["d"]?.revision == 1)
            let commander = Commander(store: backend.store, keeper: backend.keeper)
            _ = try await commander.apply(Dag(id: "d", name: "by hand"), source: "hand")
            sync.reset()
            await sync.syncChanged()
            #expect(backend.state.value.dags["d"]?.dag.name == "by hand")
        }
    }

    @Test("a DAG whose file is removed is stopped, and lives again when the file comes back, also under another leader")
    func removed() async throws {
        try await withDirectory { directory in
            for id in ["one", "two"] { try write(yaml(id, tasks: ["a"]), directory, "\(id).yaml") }
            let backend = MemoryBackend()
            let sync = dagSync(directory, backend)
            await sync.syncChanged()
            let text = try #require(FileManager.default.contents(atPath: "\(directory)/one.yaml"))
            try FileManager.default.removeItem(atPath: "\(directory)/one.yaml")
            await sync.syncChanged()
            #expect(backend.state.value.dags["one"]?.dag.status == .normal, "an editor may be replacing it")
            await sync.syncChanged()
            #expect(backend.state.value.dags["one"]?.dag.status == .stopped)
            #expect(backend.state.value.dags["two"]?.revision == 1)
            try text.write(to: URL(filePath: "\(directory)/one.yaml"))
            let other = dagSync(directory, backend)
            await other.syncChanged()
            #expect(backend.state.value.dags["one"]?.dag.status == .normal)
            try FileManager.default.removeItem(atPath: "\(directory)/one.yaml")
            await dagSync(directory, backend).syncChanged()
            #expect(backend.state.value.dags["one"]?.dag.status == .stopped, "removed while nobody led")
            try FileManager.default.removeItem(atPath: directory)
            for _ in 0..<3 { await other.syncChanged() }
            #expect(backend.state.value.dags["two"]?.dag.status == .normal, "a directory that is not there says nothing")
        }
    }

    @Test("a directory never touches a DAG that was applied by hand, or that comes from another directory")
    func foreign() async throws {
        try await withDirectory { first in
            try await withDirectory { second in
                let backend = MemoryBackend()
                _ = try await Commander(store: backend.store, keeper: backend.keeper).apply(Dag(id: "hand"), source: "ada")
                try write(yaml("dag", tasks: ["a"]), first, "dag.yaml")
                await dagSync(first, backend).syncChanged()
                for id in ["hand", "dag", "own"] { try write(yaml(id, tasks: ["a", "b"]), second, "\(id).yaml") }
                await dagSync(second, backend).syncChanged()
                let dags = backend.state.value.dags
                #expect(dags["hand"]?.revision == 1 && dags["dag"]?.revision == 1 && dags["own"]?.dag.tasks.count == 2)
                #expect(dags["hand"]?.origin == nil && dags["dag"]?.origin?.directory == first)
            }
        }
    }
}
