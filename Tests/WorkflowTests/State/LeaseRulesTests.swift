import Testing
import Workflow

@Suite("Lease rules")
struct LeaseRulesTests {
    @Test("trust is counted from before the request was sent, and ends before the store can give the lease away")
    func trust() {
        let rules = LeaseRules(ttl: .seconds(10))
        let sent = ContinuousClock.now
        #expect(rules.trustEnds(sent: sent) == sent.advanced(by: .seconds(9)))
        #expect(rules.trustEnds(sent: sent) < sent.advanced(by: rules.ttl))
    }

    @Test("a lease can be renewed twice, and a failed renewal tried again, before trust ends", arguments: [300, 1_000, 5_000, 60_000])
    func renewals(milliseconds: Int) {
        let rules = LeaseRules(ttl: .milliseconds(milliseconds))
        #expect(rules.renewalInterval * 2 < rules.ttl - rules.margin)
        #expect(rules.renewalInterval + rules.retryDelay(failures: 1) + rules.retryDelay(failures: 2) < rules.ttl - rules.margin)
    }

    @Test("pauses after failures grow, and never beyond the renewal interval")
    func retries() {
        let rules = LeaseRules(ttl: .seconds(12))
        #expect((1...4).map { rules.retryDelay(failures: $0) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(4)])
        #expect(rules.retryDelay(failures: 0) == .seconds(1))
        #expect(rules.retryDelay(failures: 1_000_000) == .seconds(4))
    }

    @Test("a lease that would be too short for a busy machine is lengthened")
    func shortest() {
        #expect(LeaseRules(ttl: .milliseconds(1)).ttl == .milliseconds(300))
    }
}
