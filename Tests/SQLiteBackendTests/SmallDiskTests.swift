import Engine
import Foundation
import GRDB
import Testing

@testable import SQLiteBackend

/// Real disks that are full or cannot be written to: file systems in memory, which only root may mount.
@Suite("SQLite: small disks", .serialized, .enabled(if: geteuid() == 0 && SmallDisk.isPossible, "only root may mount"))
struct SmallDiskTests {
    @Test("a full disk refuses what does not fit, loses nothing that was acknowledged, and goes on when there is room")
    func full() async throws {
        try await SmallDisk.with(kilobytes: 1_024) { disk in
            let location = SQLiteLocation(path: disk.folder + "/flow.db")
            let file = try await SQLiteFile.open(location)
            try await file.makeTable()
            try disk.fill(leaving: 100 << 10)
            var acknowledged = 0
            let error = await storeError {
                while true {
                    try await file.insert(acknowledged, bytes: 5_000)
                    acknowledged += 1
                }
            }
            #expect(error?.kind == .unavailable && error?.message.contains("disk") == true, "\(error?.message ?? "")")
            #expect(try await file.ids() == Array(0..<acknowledged))
            // Once more: what failed has left the connection usable.
            #expect(await storeError { try await file.insert(acknowledged, bytes: 50_000) }?.kind == .unavailable)
            try disk.makeRoom()
            try await file.insert(acknowledged, bytes: 5_000)
            #expect(try await file.ids() == Array(0...acknowledged))
            #expect(try await file.integrity() == "ok")
            try file.close()
            let again = try await SQLiteFile.open(location)
            #expect(try await again.ids() == Array(0...acknowledged))
            try again.close()
        }
    }

    @Test("a file that may only be read is read, and whoever writes is told why not")
    func readOnly() async throws {
        try await SmallDisk.with(kilobytes: 2_048) { disk in
            let location = SQLiteLocation(path: disk.folder + "/flow.db")
            let file = try await SQLiteFile.open(location)
            _ = try await file.keeper().join(node("w"), session: "s", replacing: nil, ttl: .seconds(60))
            try file.close()
            try disk.remount("ro")
            let seen = try await SQLiteFile.open(location)
            let keeper = seen.keeper()
            #expect(seen.isReadOnly)
            #expect(try await keeper.nodes().map(\.node.key) == ["w"])
            let error = await storeError { _ = try await keeper.renew(key: "w", session: "s", ttl: .seconds(60)) }
            #expect(error?.kind == .unauthorized && error?.message.contains("may only be read") == true)
            #expect(error?.message.contains(disk.folder) == true)
            await keeper.signal([.dispatch])
            try seen.close()
            let new = await storeError { _ = try await SQLiteFile.open(SQLiteLocation(path: disk.folder + "/new.db")) }
            #expect(new?.kind == .unauthorized)
        }
    }
}

/// A file system in memory.
struct SmallDisk {
    let folder: String

    static let isPossible: Bool = (try? run("mount", "--version")) != nil

    static func with(kilobytes: Int, _ body: (SmallDisk) async throws -> Void) async throws {
        try await withFolder { folder in
            try run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", folder)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(SmallDisk(folder: folder))) } catch { outcome = .failure(error) }
            try run("umount", "-l", folder)
            try outcome.get()
        }
    }

    /// Takes the room but for so many bytes.
    func fill(leaving bytes: Int) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int ?? 0
        try Data(count: max(free - bytes, 0)).write(to: URL(fileURLWithPath: folder + "/filler"))
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: folder + "/filler") }

    func remount(_ option: String) throws { try Self.run("mount", "-o", "remount,\(option)", folder) }

    private static func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw StoreError(.refused, "\(arguments.joined(separator: " ")) failed") }
    }
}
