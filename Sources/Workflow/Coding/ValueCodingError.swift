/// A value does not fit the type that was asked for, or a type cannot be written as a value.
public struct ValueCodingError: Error, Hashable, Sendable {
    /// Where, for example `params.files[2].name`.
    public var path: String
    /// What is wrong and what was expected.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension ValueCodingError: CustomStringConvertible {
    public var description: String { "\(path): \(message)" }
}
