import Engine
import Foundation
import GRDB
import Testing

@testable import SQLiteBackend

@Suite("SQLite: opening a file")
struct OpeningTests {
    private let free = FilePlace(
        path: "f/flow.db", folder: "f", kind: .file, header: .sqlite(applicationID: Migration.applicationID), isFolderThere: true,
        isParentThere: true, mayRead: true, mayWrite: true, mayWriteFolder: true, network: nil)

    private func problem(creating: Bool = true, _ change: (inout FilePlace) -> Void) -> StoreError? {
        var place = free
        change(&place)
        do throws(StoreError) { _ = try place.plan(creating: creating) } catch { return error }
        return nil
    }

    private func plan(_ change: (inout FilePlace) -> Void) throws -> FilePlace.Plan {
        var place = free
        change(&place)
        return try place.plan(creating: true)
    }

    @Test("what is at a path decides how it is opened")
    func plans() throws {
        #expect(try plan { _ in } == .open(readOnly: false, isOurs: true))
        #expect(try plan { $0.mayWrite = false } == .open(readOnly: true, isOurs: true))
        #expect(try plan { $0.mayWriteFolder = false } == .open(readOnly: true, isOurs: true))
        #expect(try plan { $0.header = .empty } == .open(readOnly: false, isOurs: false))
        #expect(try plan { $0.header = .sqlite(applicationID: 0) } == .open(readOnly: false, isOurs: false))
        #expect(try plan { $0.kind = .missing } == .make(folder: false))
        #expect(try plan { ($0.kind, $0.isFolderThere) = (.missing, false) } == .make(folder: true))
    }

    @Test("what is wrong with a path is said with the path, and what to do")
    func problems() {
        let cases: [(StoreError?, StoreError.Kind, String)] = [
            (problem { $0.network = "nfs4" }, .misconfigured, "network file system (nfs4)"),
            (problem { $0.kind = .folder }, .misconfigured, "is a folder: name a file in it"),
            (problem { $0.kind = .other }, .misconfigured, "no plain file"),
            (problem { ($0.kind, $0.isFolderThere, $0.isParentThere) = (.missing, false, false) }, .misconfigured, "make them first"),
            (problem { ($0.kind, $0.mayWriteFolder) = (.missing, false) }, .unauthorized, "may not write to the folder"),
            (problem { $0.mayRead = false }, .unauthorized, "may not be read"),
            (problem { $0.header = .foreign }, .misconfigured, "no SQLite database"),
            (problem { $0.header = .sqlite(applicationID: 7) }, .misconfigured, "of another program"),
            (problem(creating: false) { $0.kind = .missing }, .misconfigured, "there is no store at 'f/flow.db'"),
        ]
        for (error, kind, text) in cases {
            #expect(error?.kind == kind && error?.message.contains(text) == true, "\(text): \(String(describing: error))")
            #expect(error?.message.contains("f/flow.db") == true)
        }
    }

    private func error(of path: String, creating: Bool = true) async -> StoreError? {
        await storeError { try await SQLiteFile.open(SQLiteLocation(path: path), creating: creating).close() }
    }

    /// Changes a file as another program would.
    private func change(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test("a store that is not there is made with its folder, or not, as is wished")
    func missing() async throws {
        try await withFolder { folder in
            let path = folder + "/.swiftflow/flow.db"
            #expect(await error(of: path, creating: false)?.kind == .misconfigured)
            #expect(!FileManager.default.fileExists(atPath: folder + "/.swiftflow"))
            #expect(await error(of: path) == nil)
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(await error(of: path, creating: false) == nil)
            #expect(await error(of: folder + "/a/b/flow.db")?.message.contains("make them first") == true)
            #expect(await error(of: folder)?.message.contains("is a folder") == true)
        }
    }

    @Test("a file that is no database, or another program's, is refused and left as it is")
    func foreign() async throws {
        try await withFolder { folder in
            let text = folder + "/text.db"
            try Data(String(repeating: "not a database\n", count: 20).utf8).write(to: URL(fileURLWithPath: text))
            #expect(await error(of: text)?.kind == .misconfigured)
            let other = folder + "/other.db"
            try change(other, "CREATE TABLE theirs (id INTEGER)")
            let before = try Data(contentsOf: URL(fileURLWithPath: other))
            #expect(await error(of: other)?.message.contains("of another program") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: other)) == before)
            #expect(!FileManager.default.fileExists(atPath: other + "-wal"))
        }
    }

    @Test("another program's file whose tables are in its log still is found out")
    func foreignLog() async throws {
        try await withFolder { folder in
            let path = folder + "/other.db"
            let pool = try DatabasePool(path: path)
            try await pool.write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER); PRAGMA application_id = 77") }
            #expect(await error(of: path)?.message.contains("of another program") == true)
            try pool.close()
        }
    }

    @Test("a file of a newer release is refused, with both versions")
    func newer() async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            #expect(await error(of: path) == nil)
            try change(path, "PRAGMA user_version = 99")
            let error = await error(of: path)
            #expect(error?.kind == .misconfigured && error?.message.contains("newer release (schema 99") == true)
        }
    }

    @Test("a damaged file is said to be damaged, with the path and a way out")
    func damaged() async throws {
        try await withFolder { folder in
            let path = folder + "/flow.db"
            #expect(await error(of: path) == nil)
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            for index in 100..<bytes.count { bytes[index] = 0xA5 }
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = await error(of: path)
            let message = error?.message ?? "opened"
            #expect(error?.kind == .malformed && message.contains("damaged") && message.contains(path), "\(message)")
        }
    }

    @Test("many who make one file at the same time all have it")
    func race() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            try await withThrowingTaskGroup(of: SQLiteFile.self) { group in
                for _ in 0..<12 { group.addTask { try await SQLiteFile.open(location) } }
                let files = try await group.reduce(into: []) { $0.append($1) }
                #expect(Set(files.map(\.clock.anchor)).count == 1)
                for file in files { try file.close() }
            }
        }
    }

    @Test(
        "the file is synced as was chosen, has a log, and the log has a limit",
        arguments: SQLiteLocation.Synchronous.allCases)
    func settings(_ synchronous: SQLiteLocation.Synchronous) async throws {
        try await withFolder { folder in
            let file = try await SQLiteFile.open(SQLiteLocation(path: folder + "/flow.db", synchronous: synchronous))
            let values = try await file.write { db in
                try ["synchronous", "journal_size_limit"].map { try Int.fetchOne(db, sql: "PRAGMA \($0)") }
            }
            #expect(values == [synchronous == .full ? 2 : 1, 16 << 20])
            #expect(try await file.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
            try file.close()
        }
    }

    @Test("the last that closes a file leaves nothing beside it")
    func closed() async throws {
        try await withFolder { folder in
            let location = SQLiteLocation(path: folder + "/flow.db")
            let files = [try await SQLiteFile.open(location), try await SQLiteFile.open(location)]
            try await files[0].makeTable()
            for file in files {
                _ = try await file.ids()
                try file.close()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["flow.db"])
        }
    }

    @Test("a file whose name looks like a URL is a file")
    func oddName() async throws {
        try await withFolder { folder in
            let path = folder + "/file:a?mode=ro#%41.db"
            #expect(await error(of: path) == nil)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("the folder of a path is what is before its last slash")
    func folders() {
        #expect(FilePlace.folder(of: "a.db") == "." && FilePlace.folder(of: "/a.db") == "/" && FilePlace.folder(of: "./x/a.db") == "./x")
    }
}

@Suite("SQLite: network file systems")
struct NetworkFileSystemTests {
    private let mounts = """
        22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
        30 22 0:40 / /home rw - nfs4 server:/home rw,vers=4.2
        31 22 0:41 / /mnt/with\\040blank rw shared:1 - fuse.sshfs me@host:/ rw
        32 22 0:42 / /mnt/usb rw - fuseblk /dev/sdb1 rw
        33 30 8:2 / /home/local rw - xfs /dev/sdc1 rw
        """

    @Test("the innermost mount decides, and names with blanks are understood")
    func types() {
        for (folder, type) in [
            ("/var/lib", "ext4"), ("/home", "nfs4"), ("/home/ada/x", "nfs4"), ("/homes", "ext4"), ("/mnt/with blank/a", "fuse.sshfs"),
            ("/mnt/usb", "fuseblk"), ("/home/local/db", "xfs"),
        ] {
            #expect(NetworkFileSystem.type(of: folder, mounts: mounts) == type)
        }
    }

    @Test("file systems that machines share are known, and local ones are not among them")
    func shared() {
        for type in ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "ceph", "lustre", "fuse.sshfs", "fuse.s3fs", "fuse.glusterfs"] {
            #expect(NetworkFileSystem.isShared(type: type))
        }
        for type in ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "fuseblk", "fuse.bindfs", "fuse.fuse-overlayfs"] {
            #expect(!NetworkFileSystem.isShared(type: type))
        }
    }

    @Test("the folder for temporary files is on a disk of this machine")
    func here() { #expect(NetworkFileSystem.type(at: "/") == nil) }
}
