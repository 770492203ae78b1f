import KisFlow

/// Makes configurations that are valid and as odd as possible; the same seed gives the same one.
struct ConfigurationGenerator {
    private static let texts = [
        "plain", "", "~", "null", "true", "No", "on", "1", "-1.5", "0x10", "2013-01-01", "a: b", "# no comment", "- x", "'single'",
        "\"double\"",
        "two\nlines\n", " spaces ", "tab\t", "{{out}}/{{day}}", "[x]", "{x}", "日本語", "emoji 🐦", "a\\b", "%", "@", "&x", "*x", "!tag", "|",
        ">", "?", ",",
    ]
    private var random: SplitMix64

    init(seed: UInt64) {
        random = SplitMix64(state: seed)
    }

    mutating func configuration() throws -> FlowConfiguration {
        let connectors = names().map { name in
            ConnectorDefinition(
                name: name, type: text(), address: text(), key: text(), params: params(), load: list(), save: list())
        }
        let functions = names().map { name in
            FunctionDefinition(
                name: name, mode: FunctionMode.allCases.randomElement(using: &random) ?? .expand,
                type: Bool.random(using: &random) ? text() : nil,
                command: list(), source: .init(name: text(), must: list()),
                connector: connectors.randomElement(using: &random)?.name, retryTimes: Int.random(in: 0...5, using: &random),
                retryDuration: Int.random(in: 0...5_000, using: &random), defaultParams: params(),
                onError: policies(connectors).randomElement(using: &random) ?? .fail,
                maxErrorRatio: Bool.random(using: &random) ? Double(Int.random(in: 0...1_000, using: &random)) / 1_000 : nil)
        }
        let flows = names().map { name in
            FlowDefinition(
                name: name, isEnabled: Bool.random(using: &random),
                steps: functions.shuffled(using: &random).flatMap { [.init($0.name, params: params()), .init($0.name)] },
                source: connectors.randomElement(using: &random)?.name, batch: batch(), parallelism: Int.random(in: 1...4, using: &random),
                isOrdered: Bool.random(using: &random))
        }
        let global = GlobalDefinition(
            prometheusEnable: Bool.random(using: &random), prometheusListen: Bool.random(using: &random), prometheusServe: text())
        return try FlowConfiguration(
            flows: flows, functions: functions, connectors: connectors, global: Bool.random(using: &random) ? global : nil)
    }

    private mutating func text() -> String { Self.texts.randomElement(using: &random) ?? "" }

    private func policies(_ connectors: [ConnectorDefinition]) -> [ErrorRowPolicy] {
        [.fail, .skip, .retry] + connectors.map { .deadLetter($0.name) }
    }

    private mutating func batch() -> BatchPolicy {
        BatchPolicy(
            maxRows: Bool.random(using: &random) ? 1_000 : Int.random(in: 1...5_000, using: &random),
            maxBytes: Bool.random(using: &random) ? nil : Int.random(in: 1...5_000, using: &random),
            maxDelay: Bool.random(using: &random) ? nil : .milliseconds(Int.random(in: 1...5_000, using: &random)))
    }

    private mutating func list() -> [String] { (0..<Int.random(in: 0...3, using: &random)).map { _ in text() } }

    private mutating func names() -> [String] {
        Array(Set((0..<Int.random(in: 0...4, using: &random)).map { _ in text() }.filter { !$0.isEmpty })).sorted()
    }

    private mutating func params() -> [String: String] {
        Dictionary(list().map { ($0, text()) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Steele, Lea and Flood's SplitMix64 (2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
