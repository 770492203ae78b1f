import Testing

@testable import Console
@testable import commander

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Times as text")
struct TimeTextTests {
    @Test(
        "how long ago something was",
        arguments: [
            (0.4, "now"), (1, "1 s ago"), (3.9, "3 s ago"), (89, "89 s ago"), (90, "1 min ago"), (3_600, "60 min ago"), (7_200, "2 h ago"),
            (172_800, "2 d ago"), (-30, "in 30 s"), (-0.5, "now"),
        ])
    func ago(seconds: Double, text: String) {
        #expect(TimeText.ago(Samples.now - seconds, now: Samples.now) == text)
    }

    @Test(
        "how long something took",
        arguments: [
            (0, "0 ms"), (0.0123, "12 ms"), (0.9996, "1.0 s"), (3.24, "3.2 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (245, "4 min 5 s"),
            (7_800, "2 h 10 min"), (273_600, "3 d 4 h"), (-5, "0 ms"),
        ])
    func duration(seconds: Double, text: String) {
        #expect(TimeText.duration(seconds) == text)
    }

    @Test("ISO 8601 always has milliseconds, and none is lost")
    func iso() {
        #expect(TimeText.iso(Date(timeIntervalSince1970: 0)) == "1970-01-01T00:00:00.000Z")
        for milliseconds in 0..<1_000 {
            let text = TimeText.iso(Date(timeIntervalSince1970: 1_357_016_400 + Double(milliseconds) / 1_000))
            let digits = String(milliseconds)
            #expect(text == "2013-01-01T05:00:00.\(String(repeating: "0", count: 3 - digits.count))\(digits)Z")
        }
    }

    @Test("people read how long ago, scripts read ISO 8601, nothing is a dash")
    func layouts() {
        #expect(Samples.window(80).time(Samples.now - 3) == "3 s ago")
        #expect(Samples.plain.time(Samples.now - 3) == "2013-01-01T04:59:57.250Z")
        #expect(Samples.plain.time(nil) == "-")
        #expect(Samples.plain.duration(from: nil, to: nil) == "-")
        #expect(Samples.plain.duration(from: Samples.now - 2, to: nil) == "2.0 s")
    }
}
