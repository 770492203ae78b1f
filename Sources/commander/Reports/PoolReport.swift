import Console
import Engine

/// What `pool list` and `pool set` show.
struct PoolListReport: Report {
    struct Entry: Encodable, Hashable {
        var name: String
        var slots: Int
        /// Slots that somebody has; more than there are for a while where slots were taken away.
        var used: Int
        var holders: [String]
    }

    var pools: [Entry]

    init(_ pools: [PoolUse]) {
        self.pools = pools.map { Entry(name: $0.pool.name, slots: $0.pool.slots, used: $0.holders.count, holders: $0.holders) }
    }

    func text(_ layout: Layout) -> String {
        guard !pools.isEmpty else { return "no pools; make one with: commander pool set NAME SLOTS\n" }
        var table = Table([
            .init(title: "NAME"), .init(title: "SLOTS", alignment: .right), .init(title: "USED", alignment: .right),
            .init(title: "HOLDERS", isFlexible: true, isOptional: true),
        ])
        for pool in pools {
            table.append([
                .init(pool.name), "\(pool.slots)", .init("\(pool.used)", pool.used >= pool.slots ? .yellow : nil),
                .init(pool.holders.joined(separator: "; ")),
            ])
        }
        return table.lines(layout).asText
    }
}

/// What `pool delete` says.
struct PoolDeletionReport: Report {
    var deleted: String

    func text(_ layout: Layout) -> String { DisplayWidth.printable("the pool '\(deleted)' is deleted") + "\n" }
}
