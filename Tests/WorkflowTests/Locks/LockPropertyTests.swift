import TestSupport
import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Clients whose requests and answers are late, lost and doubled, whose clocks run at slightly different rates, and who are stopped at any moment, against one record.
@Suite("Mutual exclusion under faults")
struct LockPropertyTests {
    private struct Client {
        var rate: Double
        var owner = ""
        var generation = 0
        var token: Int64?
        var trustEnds = 0.0
    }

    private enum Message {
        case acquire(client: Int, owner: String, sent: Double)
        case renew(client: Int, owner: String, token: Int64, sent: Double)
        case release(owner: String, token: Int64?)
    }

    @Test("no two clients trust themselves at one moment, and tokens strictly grow", arguments: 0..<200 as Range<UInt64>)
    func exclusion(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rules = LeaseRules(ttl: .seconds(3))
        let trust = 2.7
        #expect(rules.ttl - rules.margin == .milliseconds(2_700))
        var record = LockRecord(key: "k")
        var clients = (0..<5).map { _ in Client(rate: Double.random(in: 0.97...1.03, using: &random)) }
        var network: [(at: Double, message: Message)] = []
        var (now, lastToken, grants) = (0.0, Int64(0), 0)
        func server(_ time: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + time) }
        for _ in 0..<400 {
            now += Double.random(in: 0...0.3, using: &random)
            for message in network.filter({ $0.at <= now }) {
                // The answer is lost now and then, and it may come much later than the request arrived.
                let answered = Bool.random(using: &random) || Bool.random(using: &random)
                let late = Double.random(in: 0...1, using: &random) < 0.1 ? Double.random(in: 0...4, using: &random) : 0
                switch message.message {
                case .acquire(let index, let owner, let sent):
                    let isNew = record.owner?.id != owner || !record.isHeld(at: server(now))
                    guard record.acquire(LockOwner(id: owner, name: "", place: ""), ttl: rules.ttl, now: server(now)) else { continue }
                    if isNew {
                        #expect(record.token > lastToken)
                        (lastToken, grants) = (record.token, grants + 1)
                    }
                    let end = sent + trust / clients[index].rate
                    if answered, clients[index].owner == owner, now + late < end {
                        clients[index].token = record.token
                        clients[index].trustEnds = max(clients[index].trustEnds, end)
                    }
                case .renew(let index, let owner, let token, let sent):
                    let isOurs = record.renew(owner: owner, token: token, ttl: rules.ttl, now: server(now))
                    guard answered, clients[index].token == token, clients[index].owner == owner else { continue }
                    if isOurs {
                        clients[index].trustEnds = max(clients[index].trustEnds, sent + trust / clients[index].rate)
                    } else {
                        clients[index].trustEnds = 0
                    }
                case .release(let owner, let token): _ = record.release(owner: owner, token: token, now: server(now))
                }
            }
            network.removeAll { $0.at <= now }
            let inside = clients.filter { $0.token != nil && now < $0.trustEnds }
            #expect(inside.count <= 1, "seed \(seed)")
            let index = Int.random(in: 0..<clients.count, using: &random)
            act(index, &clients, &network, now, &random)
        }
        #expect(grants > 0)
    }

    /// What a client does at some moment: asks, extends, gives back, forgets; each message may be late or doubled.
    private func act(
        _ index: Int, _ clients: inout [Client], _ network: inout [(at: Double, message: Message)], _ now: Double,
        _ random: inout SeededGenerator
    ) {
        func send(_ message: Message, _ network: inout [(at: Double, message: Message)]) {
            for _ in 0..<(Double.random(in: 0...1, using: &random) < 0.1 ? 2 : 1) {
                network.append((now + Double.random(in: 0...0.5, using: &random) * Double.random(in: 0...6, using: &random), message))
            }
        }
        guard let token = clients[index].token else {
            if clients[index].owner.isEmpty || Double.random(in: 0...1, using: &random) < 0.1 {
                clients[index].generation += 1
                clients[index].owner = "\(index)-\(clients[index].generation)"
            }
            return send(.acquire(client: index, owner: clients[index].owner, sent: now), &network)
        }
        if now >= clients[index].trustEnds || Double.random(in: 0...1, using: &random) < 0.2 {
            send(.release(owner: clients[index].owner, token: token), &network)
            (clients[index].token, clients[index].owner, clients[index].trustEnds) = (nil, "", 0)
        } else {
            send(.renew(client: index, owner: clients[index].owner, token: token, sent: now), &network)
        }
    }
}
