extension BSONValue: Codable {
    /// In BSON the value itself; elsewhere the nearest that the format has (dates as milliseconds, binary as bytes, ids as hexadecimal text).
    public func encode(to encoder: any Encoder) throws {
        if encoder is SlotEncoder {
            var container = encoder.singleValueContainer()
            return try container.encode(self)
        }
        switch self {
        case .document(let document): try document.encode(to: encoder)
        case .array(let values): try values.encode(to: encoder)
        default: try encodeScalar(to: encoder)
        }
    }

    private func encodeScalar(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .double(let number): try container.encode(number)
        case .string(let text), .javascript(let text): try container.encode(text)
        case .int32(let number): try container.encode(number)
        case .int64(let number): try container.encode(number)
        case .bool(let flag): try container.encode(flag)
        case .null: try container.encodeNil()
        case .date(let date): try container.encode(date)
        case .objectID(let id): try container.encode(id)
        case .binary(_, let bytes): try container.encode(bytes)
        default:
            let context = EncodingError.Context(codingPath: encoder.codingPath, debugDescription: "only BSON can express this value")
            throw EncodingError.invalidValue(self, context)
        }
    }

    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: DynamicKey.self) {
            self = .document(try Document(container))
        } else if var container = try? decoder.unkeyedContainer() {
            var values: [BSONValue] = []
            while !container.isAtEnd { values.append(try container.decode(BSONValue.self)) }
            self = .array(values)
        } else {
            self = try BSONValue(scalar: decoder.singleValueContainer())
        }
    }

    private init(scalar container: any SingleValueDecodingContainer) throws {
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .int64(number)
        } else if let number = try? container.decode(Double.self) {
            self = .double(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }
}

extension Document: Codable {
    public func encode(to encoder: any Encoder) throws {
        if encoder is SlotEncoder {
            var container = encoder.singleValueContainer()
            return try container.encode(self)
        }
        var container = encoder.container(keyedBy: DynamicKey.self)
        for (key, value) in self {
            try container.encode(value, forKey: DynamicKey(stringValue: key))
        }
    }

    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? SourceDecoder {
            self = try decoder.source.decode(Document.self)
        } else {
            self = try Document(decoder.container(keyedBy: DynamicKey.self))
        }
    }

    init(_ container: KeyedDecodingContainer<DynamicKey>) throws {
        self.init(try container.allKeys.map { ($0.stringValue, try container.decode(BSONValue.self, forKey: $0)) })
    }
}

extension ObjectID: Codable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if encoder is SlotEncoder { try container.encode(BSONValue.objectID(self)) } else { try container.encode(description) }
    }

    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? SourceDecoder {
            self = try decoder.source.decode(ObjectID.self)
            return
        }
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = ObjectID(text) else {
            let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "expected 24 hexadecimal digits")
            throw DecodingError.dataCorrupted(context)
        }
        self = id
    }
}

extension BSONDate: Codable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if encoder is SlotEncoder { try container.encode(BSONValue.date(self)) } else { try container.encode(milliseconds) }
    }

    public init(from decoder: any Decoder) throws {
        if let source = (decoder as? SourceDecoder)?.source {
            guard case .date(let date) = source.value else { throw source.mismatch(BSONDate.self) }
            self = date
        } else {
            self.init(milliseconds: try decoder.singleValueContainer().decode(Int64.self))
        }
    }
}
