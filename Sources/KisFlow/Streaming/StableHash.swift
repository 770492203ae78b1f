/// The 64-bit FNV-1a hash (Fowler, Noll and Vo; RFC 9923): the same in every process, unlike Swift's own.
enum StableHash {
    static func value(of text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
