/// A row that could not be used, and why.
public struct BadRow: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The row's number among the rows that came in, counted from 0.
    public var index: Int
    /// Where the row stands, such as `flights.csv:17`, when it was read from a file.
    public var source: String?
    /// The path of the field that is wrong, such as `address.zip`; `nil` when the row as a whole is.
    public var field: String?
    public var reason: String
    /// The beginning of the row's text.
    public var excerpt: String
    /// The whole text, for a dead letter; not part of what is encoded.
    let text: String

    /// - Parameter text: the row's text, of which at most 200 characters are kept.
    public init(index: Int, source: String? = nil, field: String? = nil, reason: String, text: String) {
        self.index = index
        self.source = source
        self.field = field
        self.reason = reason
        self.text = text
        let beginning = text.prefix(200)
        self.excerpt = beginning.endIndex == text.endIndex ? text : beginning + "…"
    }

    private enum CodingKeys: CodingKey {
        case index, source, field, reason, excerpt
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        index = try fields.decode(Int.self, forKey: .index)
        source = try fields.decodeIfPresent(String.self, forKey: .source)
        field = try fields.decodeIfPresent(String.self, forKey: .field)
        reason = try fields.decode(String.self, forKey: .reason)
        excerpt = try fields.decode(String.self, forKey: .excerpt)
        text = excerpt
    }

    public static func == (first: BadRow, second: BadRow) -> Bool {
        first.index == second.index && first.source == second.source && first.field == second.field && first.reason == second.reason
            && first.excerpt == second.excerpt
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(index)
        hasher.combine(reason)
    }

    /// The reason with the field and without the row, the same for all rows with the same mistake.
    public var cause: String {
        field.map { "field \($0): \(reason)" } ?? reason
    }

    public var description: String {
        "\(source ?? "row \(index)"): \(cause), in \(excerpt)"
    }
}
