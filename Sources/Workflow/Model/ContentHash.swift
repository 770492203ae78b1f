import Crypto

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Names for contents: equal contents have one, and no two different ones have been found that share one.
public enum ContentHash {
    /// The first 16 bytes of the SHA-256 in hex.
    public static func hex(of bytes: some DataProtocol) -> String {
        SHA256.hash(data: bytes).prefix(16).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
