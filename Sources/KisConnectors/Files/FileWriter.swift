import Foundation
import KisFlow

/// Writes the rows of many batches into one file.
///
/// Replacing, they go to `<path>.partial`, which takes the file's place at the end. Appending, they go to the end of the file itself.
actor FileWriter: ConnectorWriter {
    enum Mode: String, CaseIterable {
        case replace
        case append
    }

    private static let bufferBytes = 1 << 18
    /// How many rows are turned into bytes before these are looked at.
    private static let sliceRows = 1_024

    private let path: String
    private let mode: Mode
    private let deflater: GzipDeflater?
    private var file: OutputFile?
    private var encoder: FileEncoder
    private var keptEncoder: FileEncoder
    private var buffer: [UInt8] = []
    /// Whether a crash leaves the file where it is.
    private var isNameDurable = false

    /// - Throws: `FlowError` of kind `connector`.
    init(path: String, format: FileFormat, mode: Mode, resume: FieldValue?) throws {
        self.path = path
        self.mode = mode
        deflater = try format.isGzip ? GzipDeflater() : nil
        let file: OutputFile
        switch mode {
        case .append:
            try OutputPlace(path).makeFolder()
            file = try OutputFile(path: path, creates: true, isShared: true)
        case .replace:
            file = try OutputPlace(path).partial(resume: resume)
        }
        var columns: [String]?
        if file.kept.bytes > 0, format.kind.hasColumns, format.dialect.hasHeader {
            columns = try CSVFile(path: file.path, format: format).header()
        }
        encoder = FileEncoder(path: path, format: format, columns: columns)
        keptEncoder = encoder
        self.file = file
        if mode == .append, !format.isGzip { try file.endLine() }
        file.keep()
    }

    func write<Row: Codable & Sendable>(_ rows: [Row]) throws {
        var rest = rows[...]
        while !rest.isEmpty {
            let part = encoder.isOpen ? rest : rest.prefix(Self.sliceRows)
            rest = rest[part.endIndex...]
            try encoder.append(part, to: &buffer)
            if buffer.count >= Self.bufferBytes { try flush(endsMember: mode == .append) }
        }
    }

    func commit(durable: Bool) async throws -> FieldValue? {
        let file = try opened()
        try flush(endsMember: true)
        if durable {
            try await file.synchronize()
            if !isNameDurable { OutputPlace(path).synchronizeFolder() }
            isNameDurable = true
        }
        file.keep()
        keptEncoder = encoder
        // Others may add to the same file, so a later attempt cannot cut it.
        return mode == .append ? nil : OutputPlace.position(file.kept)
    }

    func rollback() throws {
        buffer.removeAll(keepingCapacity: true)
        deflater?.reset()
        try opened().undo()
        encoder = keptEncoder
    }

    func finish() async throws {
        let file = try opened()
        if encoder.isOpen { try encoder.start(&buffer) }
        try flush(endsMember: true)
        if let deflater, file.isEmpty { try file.append(deflater.emptyMember()) }
        try await file.synchronize()
        file.keep()
        if mode == .replace { try OutputPlace(path).put(file) }
        self.file = nil
    }

    func abandon(resumable: Bool) {
        try? file?.undo()
        if mode == .replace, !resumable { OutputPlace(path).removePartial() }
        file = nil
    }

    private func opened() throws -> OutputFile {
        if let file { return file }
        throw FlowError(.connector, "the file \(path) is finished already")
    }

    private func flush(endsMember: Bool) throws {
        let bytes = try deflater?.packed(buffer, endsMember: endsMember) ?? buffer
        buffer.removeAll(keepingCapacity: true)
        try opened().append(bytes)
    }
}
