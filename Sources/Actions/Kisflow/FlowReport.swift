import Engine
import KisFlow
import Synchronization

/// Carries what a flow tells while it runs (from a plain function, which cannot wait) into the trace (which may have to).
///
/// At most 4096 events wait for the trace; later ones are dropped and counted.
struct FlowReport: Sendable {
    private final class Count: Sendable {
        let dropped = Atomic(0)
    }

    private static let waitingLimit = 4096

    private let trace: Trace
    private let events: AsyncStream<FlowEvent>
    private let feed: AsyncStream<FlowEvent>.Continuation
    private let count = Count()

    init(to trace: Trace) {
        self.trace = trace
        (events, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingLimit))
    }

    var observer: FlowObserver {
        { [feed, count] event in
            if case .dropped = feed.yield(event) { count.dropped.add(1, ordering: .relaxed) }
        }
    }

    /// Writes events until `finish`.
    func tell() async {
        for await event in events { await trace(event.description, level: Self.level(of: event)) }
        let dropped = count.dropped.load(ordering: .relaxed)
        if dropped > 0 {
            await trace("\(dropped) messages of the flow were left out: they came faster than the trace could be written", level: .warning)
        }
    }

    func finish() { feed.finish() }

    private static func level(of event: FlowEvent) -> TraceLevel {
        switch event {
        case .functionStarted: .debug
        case .functionFinished, .message, .progress: .info
        case .functionRetried: .warning
        }
    }
}
