import GRDB

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A file belongs to one host at a time, and its times to one boot of it.
struct HostClaim {
    let sinceBoot: Duration

    /// - Returns: the anchor of the host's clock.
    func make(_ db: GRDB.Database, takingOver: Bool) throws -> Date {
        let (seconds, attoseconds) = sinceBoot.components
        let uptime = Double(seconds) + Double(attoseconds) / 1e18
        return Date(timeIntervalSince1970: Date().timeIntervalSince1970 - uptime)
    }
}
