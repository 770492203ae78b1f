/// One value of a JSON text, or one key of an object, as ``JSONScanner`` leaves it on the ``JSONTape``.
struct JSONToken {
    enum Kind: UInt8 {
        case null, `false`, `true`, number, string, array, object
    }

    let kind: Kind
    /// For a number: it has a minus sign.
    var isNegative = false
    /// For a number: it has neither a fraction nor an exponent.
    var isWhole = true
    /// For a number: it has too many digits for `payload`, or an exponent out of reach, so that its text must be read again.
    var isLong = false
    /// For a number: the power of ten that `payload` is multiplied by.
    var scale: Int16 = 0
    /// Where the token's text begins; a string's after the quote.
    var start: UInt32
    /// Where it ends; a string's before the quote. For an object: the token at which the search for the next key begins.
    var end: UInt32 = 0
    /// The token after this value and all that it contains. While an array or object is open: the one around it.
    var next: UInt32 = 0
    /// For a number: its digits without sign and point. For a key: ``JSONKeyHash``. For an object: the hashes of the keys that searches have passed, one bit each.
    var payload: UInt64 = 0
}

/// A text is no JSON.
struct JSONSyntaxError: Error {
    /// Counted from 0 in the text's UTF-8.
    let offset: Int
    let reason: String
}
