import TestSupport
import Testing

@testable import Workflow

@Suite("Variables, requirements and suggestions")
struct DagVarsTests {
    private let dag = Dag(
        id: "d", vars: ["day": .init(desc: "which day"), "dir": .init(defaultValue: "/tmp"), "mode": .init(defaultValue: "")],
        tasks: [
            .init(id: "a", actionName: "kisflow", params: ["flow": "delays"]),
            .init(id: "b", actionName: "kisflow", params: ["flow": "{{dir}}"]),
            .init(id: "c", actionName: "shell", params: ["flow": "not a flow"]),
        ])

    @Test("given values go over defaults, an empty one too")
    func merge() throws {
        #expect(try dag.instanceVars(["day": "1", "dir": ""]) == ["day": "1", "dir": "", "mode": ""])
    }

    @Test("unknown and missing variables are reported together")
    func errors() {
        let error = #expect(throws: VarError.self) { try dag.instanceVars(["dya": "1", "zebra": "2"]) }
        #expect(
            error?.description
                == "DAG 'd': there is no variable 'dya' (did you mean 'day'?); there is no variable 'zebra' (it has day, dir, mode); "
                + "the variable 'day' (which day) has no default and must be given")
    }

    @Test("all mistakes in typed variables are reported together")
    func types() throws {
        let dag = Dag(
            id: "d",
            vars: [
                "n": .init(type: .int), "x": .init(type: .number), "b": .init(type: .bool), "t": .init(type: .duration),
                "l": .init(type: .list), "e": .init(type: .enum, values: ["fast", "slow"]), "p": .init(pattern: "[a-z]+"),
                "free": .init(required: false), "must": .init(defaultValue: "x", required: true),
            ])
        let right = ["n": "-5", "x": "1e3", "b": "false", "t": "1h30m", "l": #"[1, {"a": 2}]"#, "e": "slow", "p": "abc", "must": ""]
        #expect(try dag.instanceVars(right) == right)
        let wrong = ["n": "5.5", "x": "nan", "b": "yes", "t": "soon", "l": "a,b", "e": "Fast", "p": "abc1", "z": ""]
        let error = #expect(throws: VarError.self) { try dag.instanceVars(wrong) }
        #expect(
            error?.problems == [
                "there is no variable 'z' (did you mean 'b'?)", "the variable 'b' must be true or false, found \"yes\"",
                "the variable 'e' must be 'fast' or 'slow', found \"Fast\"",
                #"the variable 'l' must be a JSON list such as ["a", "b"], found "a,b""#, "the variable 'must' must be given",
                "the variable 'n' must be a whole number, found \"5.5\"", "the variable 'p' must match [a-z]+, found \"abc1\"",
                "the variable 't' must be a time such as 90s or 1h30m, found \"soon\"", "the variable 'x' must be a number, found \"nan\"",
            ])
    }

    @Test("requirements are the actions, and the flows that are named outright")
    func requirements() {
        #expect(dag.requirements == DagRequirements(actions: ["kisflow", "shell"], flows: ["delays"]))
    }

    @Test(
        "edit distances",
        arguments: [
            ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("", "ab", 2), ("ca", "abc", 3),
            ("kitten", "sitting", 3),
        ])
    func distances(left: String, right: String, distance: Int) {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        #expect(NearestName.distance(left, right, limit: 3) == distance)
        #expect(NearestName.distance(right, left, limit: 3) == distance)
        #expect(NearestName.distance(left, right, limit: distance - 1) == nil)
    }

    @Test("the nearest name is near, and stable")
    func nearest() {
        #expect(NearestName.nearest(to: "DEPENDSON", among: ["dependOn", "id"]) == "dependOn")
        #expect(NearestName.nearest(to: "xb", among: ["cb", "ab", "bb"]) == "ab")
        #expect(NearestName.nearest(to: "owner", among: ["id", "name"]) == nil)
        #expect(NearestName.nearest(to: String(repeating: "x", count: 100_000), among: ["x"]) == nil)
    }

    @Test("circles and ancestors agree with a search by hand on random graphs")
    func randomGraphs() {
        var random = SeededGenerator(seed: 7)
        for round in 0..<200 {
            // Now and then more than are followed together.
            let count = round % 50 == 49 ? 700 : Int.random(in: 1...90, using: &random)
            let parents = (0..<count).map { task in
                (0..<Int.random(in: 0...2, using: &random)).map { _ in Int.random(in: 0..<count, using: &random) }.filter { $0 != task }
            }
            let order = DependencyOrder(parents: parents)
            let reach = (0..<count).map { reachable(from: $0, parents) }
            #expect(order.groups.flatMap(\.self).sorted() == Array(0..<count))
            #expect(Set(order.cycles.flatMap(\.self)).isSubset(of: (0..<count).filter { reach[$0].contains($0) }))
            #expect(order.cycles.isEmpty == !(0..<count).contains { reach[$0].contains($0) })
            for cycle in order.cycles {
                for (task, next) in zip(cycle, cycle.dropFirst() + cycle.prefix(1)) { #expect(parents[next].contains(task)) }
            }
            let all = (0..<count).flatMap { task in (0..<count).map { Ancestors.Question(ancestor: $0, task: task) } }
            let denied = Set(Ancestors(order).denied(all))
            for (index, question) in all.enumerated() where !reach[question.task].contains(question.task) {
                #expect(denied.contains(index) != reach[question.task].contains(question.ancestor))
            }
        }
    }

    private func reachable(from start: Int, _ parents: [[Int]]) -> Set<Int> {
        var found: Set<Int> = []
        var open = parents[start]
        while let task = open.popLast() {
            if found.insert(task).inserted { open += parents[task] }
        }
        return found
    }
}
