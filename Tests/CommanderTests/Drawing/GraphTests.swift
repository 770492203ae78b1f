import Testing
import Workflow

@testable import Console
@testable import Engine
@testable import commander

@Suite("The graph of a run")
struct GraphTests {
    /// A run whose tasks are `a`, `b<a` (b depends on a), `c<a,b`, each with a status behind a colon, otherwise done.
    private func details(_ tasks: String, onExit: [String] = []) -> RunDetails {
        var (definitions, instances) = ([Dag.Task](), [TaskInstance]())
        for word in tasks.split(separator: Character(" ")).map(String.init) {
            let (head, status) = Self.split(word, at: ":")
            let (id, parents) = Self.split(head, at: "<")
            let dependOn = parents.split(separator: Character(",")).map(String.init)
            definitions.append(Dag.Task(id: id, actionName: "print", dependOn: dependOn))
            instances.append(Samples.task(id, TaskInstanceStatus(rawValue: status) ?? .success))
        }
        let ends = onExit.map { Dag.Task(id: $0, actionName: "print") }
        return RunDetails(
            instance: Samples.run(), dag: Dag(id: "d", tasks: definitions, onExit: ends),
            documents: instances.filter { $0.status != .`init` })
    }

    private static func split(_ word: String, at sign: Character) -> (String, String) {
        let parts = word.split(separator: sign, maxSplits: 1).map(String.init)
        return (parts[0], parts.count > 1 ? parts[1] : "")
    }

    private func lines(
        _ tasks: String, onExit: [String] = [], glyphs: Glyphs = .unicode, width: Int = 80, rows: Int = 200
    ) -> [String] {
        GraphDrawing(RunGraph(details(tasks, onExit: onExit)), glyphs, rowLimit: rows).lines(Samples.window(width)).map {
            $0.replacing("  2.0 s", with: "").replacing("  4.0 s", with: "")
        }
    }

    @Test("a diamond: lines that meet are joined, a line that only passes is not")
    func diamond() {
        #expect(
            lines("a b<a c<a:failed d<b,c:init e<b:running") == [
                "✓ a", "├─✓ b", "│ ├─● e", "└─│───✗ c", "  └───┴─○ d  after b, c", "○ 1 init  ● 1 running  ✓ 2 success  ✗ 1 failed",
            ])
    }

    @Test("the same in ASCII, for who has no other signs")
    func ascii() {
        let lines = lines("a b<a c<a:failed d<b,c:init e<b:running", glyphs: .ascii)
        #expect(
            lines == ["v a", "+-v b", "| +-> e", "`-|---x c", "  `---+-o d  after b, c", "o 1 init  > 1 running  v 2 success  x 1 failed"])
        #expect(lines.joined().utf8.allSatisfy { $0 < 0x80 })
    }

    @Test("branches with the same end share a line; an edge that follows from others is not drawn")
    func shared() {
        #expect(
            lines("a b1<a b2<a c1<b1,a c2<b2,a d<c1,c2").dropLast() == [
                "✓ a", "├─✓ b1", "│ └─✓ c1", "└─✓ │ b2", "  └─✓ c2", "    └─✓ d  after c1, c2",
            ])
    }

    @Test("many tasks at one place are one node, with how they stand")
    func folded() {
        let many = (0..<40).map { "x\($0)<a" + ($0 == 7 ? ":failed" : $0 > 30 ? ":running" : "") }.joined(separator: " ")
        let ends = (0..<40).map { "x\($0)" }.joined(separator: ",")
        #expect(
            lines("a \(many) b<\(ends):init").dropLast() == [
                "✓ a", "└─✗ x0 … x39  40 tasks: 9 running, 30 success, 1 failed", "  └─○ b",
            ])
    }

    @Test("a fan-out is one node with the number of its items")
    func fanOut() {
        let items = (0..<4).map { Samples.task("load[\($0)]", $0 < 3 ? .success : .running) }
        var dag = Dag(id: "d", tasks: [Dag.Task(id: "load", actionName: "print")])
        dag.tasks[0].forEach = ForEach(items: "{{list}}")
        let details = RunDetails(instance: Samples.run(), dag: dag, documents: [Samples.task("load", .running)] + items)
        let lines = GraphDrawing(RunGraph(details), .unicode).lines(Samples.window(80))
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("● load  3/4  4.0 s"))
    }

    @Test("tasks of onExit stand at the end")
    func exits() {
        #expect(lines("a b<a:init", onExit: ["tidy"]).dropLast() == ["✓ a", "└─○ b", "at the end:", "○ tidy"])
    }

    @Test("a long chain turns back to the left before it leaves the window")
    func chain() {
        let chain = (1..<60).map { "t\($0)<t\($0 - 1)" }.joined(separator: " ")
        let lines = lines("t0 \(chain)", width: 40)
        #expect(lines.count == 61)
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
        #expect(lines[7] == "            └─✓ t7")
        #expect(lines[8] == "✓─────────────┘ t8")
        #expect(lines.dropLast().allSatisfy { $0.contains("t") })
    }

    @Test("what does not fit is counted, with where it stands")
    func bounded() {
        let tasks = (0..<300).map { $0 == 0 ? "t0" : "t\($0)<t\($0 - 1)" + ($0 > 150 ? ":init" : "") }.joined(separator: " ")
        let lines = lines(tasks, width: 100, rows: 50)
        #expect(lines.count == 52)
        #expect(lines[50] == "… and 250 more tasks (149 init, 101 success), in steps 51 to 300: t50, t51, t52, t53, t54, …")
        #expect(lines[51] == "○ 149 init  ✓ 151 success")
    }

    @Test("three hundred tasks side by side and below each other fit every width, whatever their names")
    func wide() {
        let tasks = (0..<300).map { number in
            let parents = [number - 1, number - 7, number / 2].filter { $0 >= 0 && $0 < number && number % 5 != 0 }
            let names = parents.map { "täsk-\($0)" }.joined(separator: ",")
            return "täsk-\(number)" + (names.isEmpty ? "" : "<\(names)")
        }.joined(separator: " ")
        for width in [20, 40, 80, 200] {
            let lines = lines(tasks, width: width, rows: 300)
            #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
        }
        #expect(lines(tasks, width: 300, rows: 300).count == 301)
    }

    @Test("every task stands below all that it depends on, once")
    func order() {
        var generator = SystemRandomNumberGenerator()
        for count in 1...40 {
            let tasks = (0..<count).map { number in
                let parents = (0..<number).filter { _ in Int.random(in: 0..<6, using: &generator) == 0 }
                return "t\(number)" + (parents.isEmpty ? "" : "<" + parents.map { "t\($0)" }.joined(separator: ","))
            }.joined(separator: " ")
            let graph = RunGraph(details(tasks))
            let order = graph.order
            #expect(order.count == graph.nodes.count)
            for (place, node) in order.enumerated() {
                #expect(graph.nodes[node].parents.allSatisfy { parent in order.firstIndex(of: parent).map { $0 < place } ?? false })
            }
        }
    }

    @Test("show draws small runs on a terminal, others where it is asked to")
    func byDefault() {
        func text(_ count: Int, _ graph: Bool?, _ layout: Layout) -> String {
            let tasks = (0..<count).map { $0 == 0 ? "t0" : "t\($0)<t\($0 - 1)" }.joined(separator: " ")
            let report = DrawnRunReport(details(tasks), waitsFor: nil, graph: graph, gantt: false, glyphs: .unicode)
            return report.text(layout)
        }
        let window = Samples.window(120)
        #expect(text(3, nil, window).contains("└─✓ t1"))
        #expect(!text(3, nil, Samples.plain).contains("└─✓ t1"))
        #expect(text(3, true, Samples.plain).contains("└─✓ t1"))
        #expect(!text(3, false, window).contains("└─✓ t1"))
        #expect(!text(31, nil, window).contains("└─✓ t1"))
        #expect(text(31, true, window).contains("└─✓ t1"))
        #expect(!text(1, nil, window).contains("✓ t0"))
    }
}
