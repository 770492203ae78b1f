/// The settings of `kistype: global`. They are read, kept and exported, so that existing folders load; how metrics are
/// exported is decided by the process that embeds the library (swift-metrics), not by these.
public struct GlobalDefinition: Sendable, Hashable {
    public var prometheusEnable: Bool
    public var prometheusListen: Bool
    public var prometheusServe: String

    public init(prometheusEnable: Bool = false, prometheusListen: Bool = false, prometheusServe: String = "") {
        self.prometheusEnable = prometheusEnable
        self.prometheusListen = prometheusListen
        self.prometheusServe = prometheusServe
    }
}
