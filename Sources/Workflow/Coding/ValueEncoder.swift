/// Makes a `Value` from an `Encodable`: how outputs of actions become values.
///
/// Dates become ISO 8601 texts to the millisecond, `Data` base64, a `URL` its text. What `ValueDecoder` reads back is what was written.
public struct ValueEncoder: Sendable {
    public init() {}

    /// Encodes a value of any type.
    /// - Parameter path: what the value is called in errors.
    /// - Throws: `ValueCodingError` for an integer beyond 64 bits with sign, a number that is not finite, a date outside of the years 1
    ///   to 9999, a value nested deeper than 200 levels, or what the type's own `encode(to:)` throws.
    public func encode<T: Encodable>(_ value: T, path: String = "output") throws(ValueCodingError) -> Value {
        let place = EncodingPlace(codingPath: [], root: ValuePath(path))
        do {
            try place.encodeAny(value)
            return place.value
        } catch let error as ValueCodingError {
            throw error
        } catch EncodingError.invalidValue(_, let context) {
            throw ValueCodingError(path: place.path(context.codingPath).description, message: context.debugDescription)
        } catch {
            throw ValueCodingError(path: path, message: "\(error)")
        }
    }
}
