/// MongoDB's error codes, as far as the driver reacts to them (src/mongo/base/error_codes.yml of the server lists them all).
enum ServerCode {
    static let duplicateKeys: Set<Int> = [11000, 11001, 12582]
    static let writeConflict = 112
    static let namespaceExists = 48
    static let namespaceNotFound = 26
    static let maxTimeExpired = 50
    static let authenticationFailed = 18
    static let unauthorized = 13
    static let outOfDiskSpace = 14031

    /// NotWritablePrimary, PrimarySteppedDown, ShutdownInProgress, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, InterruptedAtShutdown,
    /// InterruptedDueToReplStateChange.
    static let stateChanges: Set<Int> = [10107, 189, 91, 13435, 13436, 11600, 11602]

    /// MaxTimeMSExpired, ExceededTimeLimit, NetworkInterfaceExceededTimeLimit, Interrupted.
    static let timeouts: Set<Int> = [50, 262, 202, 11601]

    /// HostUnreachable, HostNotFound, NetworkTimeout, SocketException: a failure between servers.
    static let innerNetwork: Set<Int> = [6, 7, 89, 9001]

    /// Codes that only a wrong command causes: BadValue, FailedToParse, TypeMismatch, InvalidLength, IllegalOperation, ConflictingUpdateOperators,
    /// DollarPrefixedFieldName, EmptyFieldName, CommandNotFound, ImmutableField, InvalidOptions, InvalidNamespace, and unknown fields and stages.
    static func isProgramMistake(_ code: Int) -> Bool {
        [2, 9, 14, 16, 20, 40, 52, 56, 59, 66, 72, 73, 40415, 40324, 40323].contains(code)
    }

    static func kind(_ code: Int) -> MongoError.Kind {
        if duplicateKeys.contains(code) { return .duplicateKey }
        if stateChanges.contains(code) { return .notPrimary }
        if timeouts.contains(code) { return .timeout }
        if innerNetwork.contains(code) { return .network }
        switch code {
        case writeConflict: return .writeConflict
        case authenticationFailed: return .authentication
        case unauthorized: return .unauthorized
        case 64, 100: return .writeConcern
        case outOfDiskSpace: return .diskFull
        default: return .command
        }
    }

    /// What a server's error says about the write. A state change, a time limit or a network failure between servers can hit after the write, or hit the
    /// repetition of an attempt whose own answer was lost; every other error is a refusal.
    static func outcome(_ code: Int, labels: [String]) -> MongoError.Outcome {
        if labels.contains("NoWritesPerformed") { return .notApplied }
        switch kind(code) {
        case .notPrimary, .timeout, .network, .writeConcern: return .unknown
        default: return labels.contains("RetryableWriteError") ? .unknown : .notApplied
        }
    }
}
