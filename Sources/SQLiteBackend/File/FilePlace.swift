import Engine

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What there is at the path of a store before it is opened.
struct FilePlace: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case missing, folder, file, other
    }

    /// What SQLite's own header of a file says, as far as it is in the file itself and not in the log beside it.
    enum Header: Sendable, Equatable {
        case empty, foreign
        case sqlite(applicationID: Int32)
    }

    /// What to do with it.
    enum Plan: Sendable, Equatable {
        case open(readOnly: Bool, isOurs: Bool)
        case make(folder: Bool)
    }

    var path: String
    var folder: String
    var kind: Kind
    var header: Header?
    var isFolderThere: Bool
    var isParentThere: Bool
    var mayRead: Bool
    var mayWrite: Bool
    var mayWriteFolder: Bool
    var network: String?

    /// - Throws: `StoreError` that says what is wrong, and what to do.
    func plan(creating: Bool) throws(StoreError) -> Plan {
        if let network {
            throw wrong(
                "is on a network file system (\(network)), where SQLite files get damaged: put it on a disk of this machine, or use MongoDB, which several machines can share"
            )
        }
        switch kind {
        case .missing: return try planMissing(creating)
        case .folder: throw wrong("is a folder: name a file in it, like sqlite:\(path)/flow.db")
        case .other: throw wrong("is no plain file")
        case .file: return try planFile()
        }
    }

    private func planMissing(_ creating: Bool) throws(StoreError) -> Plan {
        guard creating else {
            throw StoreError(.misconfigured, "there is no store at '\(path)': check the path, or start a node there, which makes one")
        }
        guard isFolderThere else {
            guard isParentThere else {
                throw wrong("cannot be made: the folder '\(folder)' and the one above are not there; make them first")
            }
            return .make(folder: true)
        }
        guard mayWriteFolder else { throw denied("cannot be made: this user may not write to the folder '\(folder)'") }
        return .make(folder: false)
    }

    private func planFile() throws(StoreError) -> Plan {
        guard mayRead else { throw denied("may not be read by this user: check its permissions") }
        let readOnly = !mayWrite || !mayWriteFolder
        switch header {
        case .foreign:
            throw StoreError(.misconfigured, "'\(path)' is no SQLite database: name another file; this one is left as it is")
        case .sqlite(let id) where id != 0 && id != Migration.applicationID: throw Self.foreign(path)
        case .sqlite(let id): return .open(readOnly: readOnly, isOurs: id == Migration.applicationID)
        case .empty, nil: return .open(readOnly: readOnly, isOurs: false)
        }
    }

    /// The error for a database of another program.
    static func foreign(_ path: String) -> StoreError {
        StoreError(.misconfigured, "'\(path)' is a SQLite database of another program: name another file; this one is left as it is")
    }

    private func wrong(_ what: String) -> StoreError { StoreError(.misconfigured, "'\(path)' \(what)") }
    private func denied(_ what: String) -> StoreError { StoreError(.unauthorized, "'\(path)' \(what)") }
}

extension FilePlace {
    /// Looks at a path.
    init(path: String) {
        let folder = Self.folder(of: path)
        var status = stat()
        let isThere = stat(path, &status) == 0
        self.init(
            path: path, folder: folder, kind: isThere ? Self.kind(status) : .missing, header: nil, isFolderThere: Self.isFolder(folder),
            isParentThere: Self.isFolder(Self.folder(of: folder)), mayRead: access(path, R_OK) == 0, mayWrite: access(path, W_OK) == 0,
            mayWriteFolder: access(folder, W_OK) == 0, network: NetworkFileSystem.type(at: Self.absolute(folder)))
        if kind == .file, mayRead { header = Self.header(of: path) }
    }

    private static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && kind(status) == .folder
    }

    /// The path without links, where there is one: that is what the table of mounts names.
    private static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func header(of path: String) -> Header? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = fread(&bytes, 1, bytes.count, file)
        return Header(bytes: Array(bytes.prefix(count)))
    }
}

extension FilePlace.Header {
    /// https://www.sqlite.org/fileformat2.html#the_database_header
    init(bytes: [UInt8]) {
        if bytes.isEmpty {
            self = .empty
        } else if bytes.count < 100 || !bytes.starts(with: Array("SQLite format 3\u{0}".utf8)) {
            self = .foreign
        } else {
            self = .sqlite(applicationID: bytes[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) })
        }
    }
}
