package enum JSONSyntax {
    /// Whether bytes are one JSON value, by the rules of ``JSONRowDecoder``.
    package static func isValue(_ bytes: some Sequence<UInt8>) -> Bool {
        let answer = bytes.withContiguousStorageIfAvailable { isValue($0) }
        return answer ?? Array(bytes).withUnsafeBufferPointer { isValue($0) }
    }

    private static func isValue(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        (try? JSONTape().read(bytes)) != nil
    }
}
