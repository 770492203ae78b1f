import BSON

/// BSON as JSON and back without loss, after MongoDB's Extended JSON v2 (https://github.com/mongodb/specifications, extended-json).
///
/// The relaxed form where it says all: texts, truth values, null, lists, documents in their order, 32-bit numbers, integers beyond 32 bits, fractions, dates of the years 1970 to 9999. The canonical form
/// where the relaxed one would lose something: a 64-bit integer that is small (`{"$numberLong": "5"}`), a double without a fraction (`{"$numberDouble": "2.0"}`), infinities.
/// A document that would be taken for such a form (one special key, or `$document` as its first) is written as `{"$document": {…}}`, of which MongoDB knows nothing. Decimals and MongoDB's deprecated types are refused: no record has them.
package enum ExtendedJSON {
    /// What is wrong, and where in the text.
    package struct Mistake: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// The key of documents that would be taken for something else.
    static let wrapper = "$document"

    /// The one key of documents that stand for something else.
    static let special: Set<String> = [
        "$oid", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$date", "$binary", "$timestamp", "$regularExpression",
        "$code", "$minKey", "$maxKey", "$symbol", "$undefined", "$dbPointer", wrapper,
    ]

    /// How deep documents and lists may lie in each other: as deep as in BSON, each in a form of its own at the most.
    static let maximumDepth = 2 * Document.maximumDepth + 4

    /// Milliseconds since 1970 that have a year of four digits.
    static let readableDates: Range<Int64> = 0..<253_402_300_800_000
}
