extension Document: CustomStringConvertible {
    /// About how many characters ``description`` gives at most.
    public static let descriptionLimit = 2_000

    /// Extended JSON in relaxed form, for people and logs: cut after ``descriptionLimit`` characters, and not meant to be parsed.
    public var description: String {
        var printer = ValuePrinter(limit: Document.descriptionLimit)
        printer.write(self)
        return printer.text
    }
}

extension BSONValue: CustomStringConvertible {
    /// Extended JSON in relaxed form, cut like ``Document/description``.
    public var description: String {
        var printer = ValuePrinter(limit: Document.descriptionLimit)
        printer.write(self)
        return printer.text
    }
}

/// Writes values as text until the limit is reached; what would follow is one ellipsis.
private struct ValuePrinter {
    let limit: Int
    private(set) var text = ""
    private var isFull = false

    init(limit: Int) {
        self.limit = limit
    }

    mutating func write(_ document: Document) {
        writeList(document, open: "{", close: "}") { printer, element in
            printer.writeQuoted(element.key)
            printer.put(": ")
            printer.write(element.value)
        }
    }

    mutating func write(_ value: BSONValue) {
        switch value {
        case .string(let text): writeQuoted(text)
        case .double(let number): put(number.isFinite ? "\(number)" : #"{"$numberDouble": "\#(number)"}"#)
        case .int32(let number): put("\(number)")
        case .int64(let number): put("\(number)")
        case .bool(let flag): put(flag ? "true" : "false")
        case .null: put("null")
        case .document(let document): write(document)
        case .array(let values): writeList(values, open: "[", close: "]") { $0.write($1) }
        case .date(let date): put(#"{"$date": \#(date.milliseconds)}"#)
        case .objectID(let id): put(#"{"$oid": "\#(id)"}"#)
        case .binary(let subtype, let bytes): put(#"{"$binary": "\#(bytes.count) bytes, subtype \#(subtype)"}"#)
        case .timestamp(let time): put(#"{"$timestamp": {"t": \#(time.seconds), "i": \#(time.increment)}}"#)
        case .regex(let pattern, let options): put("/\(pattern)/\(options)")
        case .javascript(let code): writeTagged("$code", code)
        case .decimal128: put(#"{"$numberDecimal": …}"#)
        case .minKey: put(#"{"$minKey": 1}"#)
        case .maxKey: put(#"{"$maxKey": 1}"#)
        case .legacy(let legacy): put(#"{"$legacy": \#(legacy.type)}"#)
        }
    }

    private mutating func writeTagged(_ tag: String, _ text: String) {
        put(#"{"\#(tag)": "#)
        writeQuoted(text)
        put("}")
    }

    private mutating func writeList<S: Sequence>(_ items: S, open: String, close: String, item: (inout Self, S.Element) -> Void) {
        put(open)
        for (index, element) in items.enumerated() where !isFull {
            if index > 0 { put(", ") }
            item(&self, element)
        }
        put(close)
    }

    private mutating func writeQuoted(_ string: String) {
        var quoted = "\""
        for scalar in string.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20: quoted += "\\u{\(String(scalar.value, radix: 16))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        put(quoted + "\"")
    }

    private mutating func put(_ part: String) {
        guard !isFull else { return }
        let room = limit - text.utf8.count
        if part.utf8.count <= room {
            text += part
        } else {
            text += String(part.prefix(max(0, room))) + "…"
            isFull = true
        }
    }
}
