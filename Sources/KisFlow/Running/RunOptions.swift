public import Logging
public import Metrics

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a run of a flow is given beside its rows. All of it may be left out.
public struct RunOptions: Sendable {
    /// Names the run in logs, events and the result.
    public var id: String
    /// Parameters for all functions of the run; they win over those of the flow and of the function.
    public var params: [String: String]
    /// Notes that the functions of the run share; give the same to several runs to keep them from one to the next.
    public var metadata: Metadata
    /// How often functions may jump before the run fails; in a stream, for each batch.
    public var maximumJumps: Int
    public var clock: FlowClock
    /// Gets flow and run as metadata.
    public var logger: Logger
    /// Where the run's figures go.
    public var metrics: any MetricsFactory
    /// Called as the run goes on, in order unless batches run in parallel; it should return quickly.
    public var observer: FlowObserver

    public init(
        id: String? = nil, params: [String: String] = [:], metadata: Metadata = Metadata(), maximumJumps: Int = Flow.defaultMaximumJumps,
        clock: FlowClock = .continuous, logger: Logger? = nil, metrics: any MetricsFactory = MetricsSystem.factory,
        observer: @escaping FlowObserver = { _ in }
    ) {
        self.id = id ?? UUID().uuidString
        self.params = params
        self.metadata = metadata
        self.maximumJumps = maximumJumps
        self.clock = clock
        self.logger = logger ?? Logger(label: "kisflow", factory: { _ in SwiftLogNoOpLogHandler() })
        self.metrics = metrics
        self.observer = observer
    }
}
