/// A value that few have, behind one pointer: what carries it is copied as cheaply as if it were not there.
@propertyWrapper
@frozen
public struct Boxed<Value: Codable & Hashable & Sendable>: Sendable {
    @usableFromInline
    final class Box: Sendable {
        @usableFromInline let value: Value

        @inlinable
        init(_ value: Value) { self.value = value }
    }

    @usableFromInline var box: Box?

    /// Nothing.
    @inlinable
    public init() { box = nil }

    @inlinable
    public init(wrappedValue: Value?) { if let wrappedValue { box = Box(wrappedValue) } else { box = nil } }

    @inlinable
    public var wrappedValue: Value? {
        get { box?.value }
        set { if let newValue { box = Box(newValue) } else { box = nil } }
    }

    /// The box itself, to hand on.
    @inlinable
    public var projectedValue: Boxed { self }
}

extension Boxed: Hashable {
    public static func == (left: Boxed, right: Boxed) -> Bool { left.box === right.box || left.box?.value == right.box?.value }

    public func hash(into hasher: inout Hasher) { hasher.combine(box?.value) }
}

extension Boxed: Codable {
    public init(from decoder: any Decoder) throws { self.init(wrappedValue: try Value?(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

// A member that is not there is `nil`, as for any optional.
extension KeyedDecodingContainer {
    public func decode<Value>(_ type: Boxed<Value>.Type, forKey key: Key) throws -> Boxed<Value> {
        Boxed(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    public mutating func encode<Value>(_ value: Boxed<Value>, forKey key: Key) throws {
        try encodeIfPresent(value.wrappedValue, forKey: key)
    }
}
