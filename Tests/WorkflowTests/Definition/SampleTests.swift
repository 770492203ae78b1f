import Testing
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The samples in dags/")
struct SampleTests {
    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/") + "/dags"

    /// The samples with what is wrong with them, where all actions of a stock node are known.
    private static func samples() throws -> [(file: String, result: DagParseResult)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        return try names.sorted().map { name in
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            return (name, DagParser.parse(text, file: name, known: KnownActions(builtIn: BuiltInParameters.actions)))
        }
    }

    @Test("nothing is wrong with any of them, alone or together")
    func valid() throws {
        let samples = try Self.samples()
        #expect(samples.count >= 16)
        #expect(samples.flatMap(\.result.problems).map(\.description) == [])
        let members = samples.compactMap { sample in
            sample.result.dag.map { DagSetChecks.Member(id: $0.id, file: sample.file, subDags: $0.subDags) }
        }
        #expect(DagSetChecks.problems(members).map(\.description) == [])
        for sample in samples { #expect("\(sample.result.dag?.id ?? "").yaml" == sample.file) }
    }

    @Test("together they show every rule")
    func complete() throws {
        let dags = try Self.samples().compactMap(\.result.dag)
        let tasks = dags.flatMap(\.allTasks)
        let rulesOfDags: [(String, (Dag) -> Bool)] = [
            ("onExit", { $0.onExit != nil }), ("retry", { $0.retry != nil }), ("timeoutSecs", { $0.timeoutSecs != nil }),
            ("startTimeoutSecs", { $0.startTimeoutSecs != nil }), ("priority", { $0.priority != nil }), ("overlap", { $0.overlap != nil }),
            ("maxConcurrentRuns", { $0.maxConcurrentRuns != nil }), ("maxWaitingRuns", { $0.maxWaitingRuns != nil }),
        ]
        for (name, isUsed) in rulesOfDags { #expect(dags.contains(where: isUsed), "no sample has \(name)") }
        let rulesOfTasks: [(String, (Dag.Task) -> Bool)] = [
            ("when", { $0.when != nil }), ("preCheck", { !$0.preChecks.isEmpty }), ("trigger", { $0.trigger != nil }),
            ("backoff", { $0.retry?.backoff != nil }), ("totalTimeoutSecs", { $0.totalTimeoutSecs != nil }),
            ("forEach", { $0.forEach?.maxParallel != nil }), ("worker", { $0.worker != nil }), ("spread", { $0.spread == true }),
            ("pool", { $0.pool != nil }), ("dag", { $0.actionName == "dag" }), ("approve", { $0.actionName == "approve" }),
        ]
        for (name, isUsed) in rulesOfTasks { #expect(tasks.contains(where: isUsed), "no sample has \(name)") }
        #expect(Set(dags.flatMap(\.vars.values).compactMap(\.type)) == Set(Dag.VarType.allCases))
    }
}
