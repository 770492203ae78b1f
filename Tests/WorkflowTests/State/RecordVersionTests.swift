import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Record versions")
struct RecordVersionTests {
    @Test("epoch and counter come back as they went in, up to their limits", arguments: [0, 1, 77, Int64(Int32.max)])
    func parts(epoch: Int64) {
        for counter in [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF] as [Int64] {
            let version = RecordVersion(epoch: epoch, counter: counter)
            #expect(version.epoch == epoch)
            #expect(version.counter == counter)
            #expect(version.description == "\(epoch).\(counter)")
        }
    }

    @Test("any write of a later owner is above every write of an earlier one")
    func order() {
        let last = RecordVersion(epoch: 3, counter: 0xFFFF_FFFF)
        #expect(last < RecordVersion(epoch: 4))
        #expect(last.nextEpoch == RecordVersion(epoch: 4))
        #expect(RecordVersion.zero < RecordVersion.zero.next)
        #expect(RecordVersion(epoch: 2, counter: 5).next == RecordVersion(epoch: 2, counter: 6))
        #expect(RecordVersion(epoch: 2, counter: 5).nextEpoch == RecordVersion(epoch: 3, counter: 0))
    }

    @Test("it is kept as one whole number")
    func coding() throws {
        let version = RecordVersion(epoch: 2, counter: 1)
        let data = try JSONEncoder().encode([version])
        #expect(String(decoding: data, as: UTF8.self) == "[8589934593]")
        #expect(try JSONDecoder().decode([RecordVersion].self, from: data) == [version])
    }
}
