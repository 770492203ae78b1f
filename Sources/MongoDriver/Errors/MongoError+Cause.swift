import BSON
import CMongo

/// What kind of call failed, which decides what its failure says about ``MongoError/outcome-swift.property``.
enum CallEffect {
    /// Changes nothing.
    case read
    /// Changes at most one document.
    case write
    /// May have changed some documents of several.
    case partialWrite
}

extension MongoError {
    /// Translates the shim's error. `reply` is the server's answer, where there is one.
    init(_ cause: cm_error, reply: Document?, operation: String, namespace: Namespace?, effect: CallEffect) {
        let labels = (reply?["errorLabels"]?.arrayValue ?? []).compactMap(\.stringValue)
        let text = withUnsafePointer(to: cause) { String(cString: cm_error_message($0)) }
        let code = Int(cause.code)
        let isNetwork = Int(cause.kind) == CM_ERROR_NETWORK
        let (kind, advice) = MongoError.classify(Int(cause.kind), code: code, text: text)
        self.init(
            kind, (advice.isEmpty || !text.hasSuffix(".") ? text : String(text.dropLast())) + advice, code: code, labels: labels,
            operation: operation, namespace: namespace,
            outcome: MongoError.outcome(Int(cause.kind), code: code, labels: labels, isNetwork: isNetwork, effect: effect))
    }

    private static func classify(_ kind: Int, code: Int, text: String) -> (Kind, advice: String) {
        switch kind {
        case CM_ERROR_SERVER: return server(code)
        case CM_ERROR_WRITE_CONCERN: return (.writeConcern, "")
        case CM_ERROR_NETWORK: return (.network, "")
        case CM_ERROR_SERVER_SELECTION: return selection(text)
        case CM_ERROR_AUTHENTICATION: return server(ServerCode.authenticationFailed)
        case CM_ERROR_POOL: return (.poolTimeout, "")
        case CM_ERROR_ARGUMENT: return (.invalidArgument, "")
        case CM_ERROR_TOO_LARGE: return (.tooLarge, "")
        default: return (.malformed, "")
        }
    }

    private static func server(_ code: Int) -> (Kind, advice: String) {
        switch ServerCode.kind(code) {
        case .authentication:
            (.authentication, ". Check user and password in the URL, and that authSource names the database that holds the user")
        case .unauthorized:
            (.unauthorized, ". Give the URL a user that may do this: mongodb://user:password@host/?authSource=admin")
        case .diskFull:
            (.diskFull, ". The disk of the MongoDB server is full: make room; until then nothing can be written")
        case let kind:
            (kind, "")
        }
    }

    /// libmongoc reports why selection failed only as text.
    private static func selection(_ text: String) -> (Kind, advice: String) {
        let lowered = text.lowercased()
        if lowered.contains("authentication failed") {
            return server(ServerCode.authenticationFailed)
        }
        if lowered.contains("failed to resolve") || lowered.contains("failed to look up") {
            return (.nameResolution, ". The host name in the URL is not known: check its spelling and the name service")
        }
        if lowered.contains("connection refused") || lowered.contains("failed to connect to target host") {
            return (.connectionRefused, ". Nothing seems to listen there: is mongod running, and are host and port in the URL right?")
        }
        let advice =
            ". No member that can take writes was found in time: check host and port, that `replicaSet` in the URL is the set's name, and that the set has a primary"
        return (.serverSelection, advice)
    }

    private static func outcome(_ kind: Int, code: Int, labels: [String], isNetwork: Bool, effect: CallEffect) -> Outcome {
        switch (effect, kind) {
        case (.read, _): .notApplied
        case (_, CM_ERROR_NETWORK), (_, CM_ERROR_WRITE_CONCERN), (_, CM_ERROR_PROTOCOL): .unknown
        case (.partialWrite, CM_ERROR_SERVER): .unknown
        case (_, CM_ERROR_SERVER): ServerCode.outcome(code, labels: labels)
        default: .notApplied
        }
    }
}
