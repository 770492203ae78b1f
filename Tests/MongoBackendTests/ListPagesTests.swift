import Engine
import Testing
import Workflow

@testable import MongoBackend

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Lists in pages")
struct ListPagesTests {
    @Test("page after page, a list has every run once, newest first, runs of one millisecond included")
    func walk() async throws {
        try await FaultyServer.with { (server) async throws in
            for number in 0..<23 {
                let run = DagInstance(
                    id: "run-\(10 + number * 7 % 23)", dagId: "d\(number % 2)", dagVersion: "v",
                    status: number % 3 == 0 ? .failed : .`init`, createdAt: Date(timeIntervalSince1970: 1_000 + Double(number / 6)))
                #expect(try await server.store.submit(run) == .created)
            }
            for query in [
                InstanceQuery(limit: 4), InstanceQuery(dagId: "d1", limit: 4), InstanceQuery(statuses: [.failed], limit: 3),
                InstanceQuery(dagId: "d0", statuses: [.failed], limit: 2), InstanceQuery(dagId: "d0", statuses: [.`init`], limit: 2),
                InstanceQuery(dagId: "d1", statuses: [.`init`, .failed], limit: 5),
            ] {
                var (walked, pages) = ([DagInstance](), 0)
                var next = query
                repeat {
                    let page = try await server.store.instances(next)
                    walked += page.elements
                    next.after = page.next
                    pages += 1
                } while next.after != nil && pages < 30
                var whole = query
                whole.limit = 1_000
                let all = try await server.store.instances(whole).elements
                #expect(walked.map(\.id) == all.map(\.id) && Set(walked.map(\.id)).count == walked.count)
                #expect(all.count > query.limit)
            }
        }
    }

    @Test("a place that is none is refused")
    func noPlace() async throws {
        try await FaultyServer.with { server in
            let error = try await storeError { _ = try await server.store.instances(InstanceQuery(after: "yesterday")) }
            #expect(error.kind == .refused && error.message.contains("'yesterday' is no place in a list"))
        }
    }
}
