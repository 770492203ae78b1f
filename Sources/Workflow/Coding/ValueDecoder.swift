/// Makes a `Decodable` from a `Value`, as the parameters of actions are made.
///
/// Scalars are converted where nothing is lost, as people who write YAML expect: the string "5" is an integer where one is wanted, a
/// number is a string, an integral number an integer, "true" a boolean, and one element does for a list. A number that does not fit is an
/// error, never cut. Dates are ISO 8601 texts, `Data` is base64, `URL` a text.
public struct ValueDecoder: Sendable {
    /// What happens to members of an object that the type does not ask for.
    public var unknownMembers: UnknownMembers

    public enum UnknownMembers: Sendable, Hashable {
        case ignored
        /// An error that names the member and the nearest that the type asked for.
        case refused
    }

    public init(unknownMembers: UnknownMembers = .refused) {
        self.unknownMembers = unknownMembers
    }

    /// Decodes a value.
    /// - Parameter path: what the value is called in errors.
    /// - Throws: `ValueCodingError` with the path of the first part that does not fit.
    public func decode<T: Decodable>(_ type: T.Type, from value: Value, path: String = "params") throws(ValueCodingError) -> T {
        let session = DecodingSession(path: ValuePath(path))
        let place = DecodingPlace(value: value, codingPath: [], session: session)
        do {
            let result = try place.decode(type)
            if unknownMembers == .refused { try session.refuseUnknownMembers() }
            return result
        } catch {
            throw session.translate(error)
        }
    }
}

/// What one decoding has learned: which members of which objects the type asked for.
final class DecodingSession {
    let path: ValuePath
    private(set) var objects: [AskedMembers] = []

    init(path: ValuePath) { self.path = path }

    /// The members that were asked of one object; several containers of one place share it.
    final class AskedMembers {
        let path: ValuePath
        let members: [String: Value]
        var names: Set<String> = []
        /// The type listed the members itself, so it wants whatever there is.
        var wantsAll = false

        init(path: ValuePath, members: [String: Value]) {
            self.path = path
            self.members = members
        }
    }

    func track(_ asked: AskedMembers) { objects.append(asked) }

    /// How many objects were tracked; with `forget(after:)`, an attempt that failed leaves nothing behind.
    var mark: Int { objects.count }

    func forget(after mark: Int) { objects.removeSubrange(mark...) }

    func refuseUnknownMembers() throws(ValueCodingError) {
        for object in objects where !object.wantsAll {
            guard let name = object.members.keys.filter({ !object.names.contains($0) }).min() else { continue }
            let known = object.names.sorted()
            let hint =
                NearestName.nearest(to: name, among: known).map { "; did you mean '\($0)'?" }
                ?? "; known are \(known.joined(separator: ", "))"
            throw ValueCodingError(
                path: object.path.appending(key: name).description, message: "unknown parameter\(known.isEmpty ? "" : hint)")
        }
    }

    func path(_ codingPath: [any CodingKey]) -> ValuePath {
        codingPath.reduce(path) { path, key in key.intValue.map(path.appending(index:)) ?? path.appending(key: key.stringValue) }
    }

    /// Errors of the type's own `init(from:)` get the path too.
    func translate(_ error: any Error) -> ValueCodingError {
        switch error {
        case let error as ValueCodingError: return error
        case DecodingError.keyNotFound(let key, let context):
            return ValueCodingError(path: path(context.codingPath + [key]).description, message: "is missing")
        case DecodingError.valueNotFound(_, let context), DecodingError.typeMismatch(_, let context),
            DecodingError.dataCorrupted(let context):
            return ValueCodingError(path: path(context.codingPath).description, message: context.debugDescription)
        default: return ValueCodingError(path: path.description, message: "\(error)")
        }
    }
}
