import AsyncHTTPClient
import Foundation
import KisFlow
import NIOCore
import NIOHTTP1

/// Reads rows from page to page.
struct HTTPPages<Row: Codable & Sendable> {
    /// How many pages are done, and how many rows of the next one.
    struct Place {
        var page = 0
        var row = 0

        init() {}

        /// - Throws: `FlowError` of kind `checkpoint` for a position that another connector gave.
        init(_ value: FieldValue) throws {
            guard case .object(let fields) = value, case .int(let page) = fields["page"], case .int(let row) = fields["row"], page >= 0,
                row >= 0
            else {
                throw FlowError(.checkpoint, "the checkpoint has no position in the pages of an HTTP server; start without it")
            }
            self.page = page
            self.row = row
        }

        var value: FieldValue { .object(["page": .int(page), "row": .int(row)]) }
    }

    private let transport: HTTPTransport
    private let first: HTTPAddress
    private let codec = RowCodec()
    private var filler: BatchFiller<Row>
    /// Rows before this place are passed over.
    private let start: Place
    private var place: Place
    private var count = 0

    private var settings: HTTPSettings { transport.settings }

    init(_ transport: HTTPTransport, _ first: HTTPAddress, _ batch: BatchPolicy, resume: FieldValue?) throws {
        self.transport = transport
        self.first = first
        filler = BatchFiller(batch)
        start = try resume.map { try Place($0) } ?? Place()
        place = Place()
        // A page with a number can be asked for; another only through those before it.
        if case .counted = transport.settings.paging { place.page = start.page }
    }

    mutating func load(_ take: (RowBatch<Row>) async throws -> Void) async throws {
        var next: HTTPAddress? = try numbered() ?? first
        while let address = next {
            guard place.page < settings.maximumPages else {
                throw FlowError(
                    .connector,
                    "\(first.description) has more than \(settings.maximumPages) pages (parameter max_pages); \(count) rows were read")
            }
            place.row = 0
            next = settings.isLines ? try await lines(address, take) : try await page(address, take)
            if let next, next.url == address.url {
                throw FlowError(.connector, "\(address.description): the page names itself as the next one")
            }
            place.page += 1
        }
        if !filler.isEmpty { try await take(filler.taken(position)) }
    }

    /// Of the last row that was read.
    private var lastPlace = Place()
    private var position: FieldValue { lastPlace.value }

    private func numbered() throws -> HTTPAddress? {
        guard case .counted(let parameter, let number) = settings.paging else { return nil }
        return try first.setting(parameter, "\(number + place.page)", transport.secrets)
    }

    private func numberedNext() throws -> HTTPAddress? {
        var next = self
        next.place.page += 1
        return place.row == 0 ? nil : try next.numbered()
    }

    private mutating func add(_ json: [UInt8], _ address: HTTPAddress, _ take: (RowBatch<Row>) async throws -> Void) async throws {
        place.row += 1
        guard place.page > start.page || (place.page == start.page && place.row > start.row) else { return }
        do {
            filler.add(try codec.row(Row.self, from: Data(json)), bytes: json.count)
        } catch {
            let source = "\(address.description), row \(place.row)"
            filler.add(codec.badRow(error, index: count, text: String(decoding: json, as: UTF8.self), source: source), bytes: json.count)
        }
        count += 1
        lastPlace = place
        if filler.isFull { try await take(filler.taken(position)) }
    }

    // MARK: - Kinds of pages

    private mutating func page(_ address: HTTPAddress, _ take: (RowBatch<Row>) async throws -> Void) async throws -> HTTPAddress? {
        let (body, link) = try await transport.get(address)
        let object = JSONObject(body)
        for row in try rows(body, object, address) { try await add(Array(row), address, take) }
        switch settings.paging {
        case .single: return nil
        case .counted: return try numberedNext()
        case .link: return try linked(link, address)
        case .path(let path):
            guard let next = object?.value(at: path).flatMap({ JSONObject.text($0) }), !next.isEmpty else { return nil }
            return try address.following(next, transport.secrets)
        }
    }

    private func rows(_ body: [UInt8], _ object: JSONObject?, _ address: HTTPAddress) throws -> [ArraySlice<UInt8>] {
        var list = body[...]
        if let path = settings.rows {
            guard let found = object?.value(at: path) else {
                throw FlowError(.connector, "\(address.description): the answer has nothing at \(path) (parameter rows)\(excerpt(body))")
            }
            list = found
        } else if object != nil {
            return [list]
        }
        if let rows = JSONObject.elements(list) { return rows }
        throw FlowError(.connector, "\(address.description): the answer has no JSON list of rows (parameters rows, body)\(excerpt(body))")
    }

    private func excerpt(_ body: [UInt8]) -> String {
        ": " + transport.secrets.redacted(String(decoding: body.prefix(300), as: UTF8.self))
    }

    /// Line by line as they come, however many they are.
    private mutating func lines(_ address: HTTPAddress, _ take: (RowBatch<Row>) async throws -> Void) async throws -> HTTPAddress? {
        let response = try await transport.open(address)
        var splitter = LineSplitter(path: address.description, maximumBytes: settings.maximumRecordBytes)
        var body = response.body.makeAsyncIterator()
        while true {
            let piece: [UInt8]?
            do {
                piece = try await body.next().map { Array($0.readableBytesView) }
            } catch {
                throw transport.failure(error, "GET", address)
            }
            if let piece { splitter.feed(piece) }
            while let line = try splitter.next(atEnd: piece == nil) {
                if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
                try await add([UInt8](line), address, take)
            }
            guard piece != nil else { break }
        }
        switch settings.paging {
        case .single, .path: return nil
        case .counted: return try numberedNext()
        case .link: return try linked(response.headers["link"].joined(separator: ", "), address)
        }
    }

    /// The address with `rel="next"` in a `Link` header (RFC 8288).
    private func linked(_ header: String?, _ address: HTTPAddress) throws -> HTTPAddress? {
        var rest = (header ?? "")[...]
        while let opening = rest.firstIndex(of: "<"), let closing = rest[opening...].firstIndex(of: ">") {
            let target = rest[rest.index(after: opening)..<closing]
            rest = rest[rest.index(after: closing)...]
            let params = rest[..<(rest.firstIndex(of: "<") ?? rest.endIndex)].lowercased().filter { $0 != " " && $0 != "\"" }
            let isNext = params.split(whereSeparator: { $0 == ";" || $0 == "," }).contains { $0 == "rel=next" }
            if isNext { return try address.following(String(target), transport.secrets) }
        }
        return nil
    }
}
