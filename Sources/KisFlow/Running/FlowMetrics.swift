import Metrics

/// A run's figures, under the names that the original gives them; what counts is a counter.
struct FlowMetrics: Sendable {
    private let factory: any MetricsFactory
    private let flow: [(String, String)]

    init(_ factory: any MetricsFactory, flow: String) {
        self.factory = factory
        self.flow = [("flow_name", flow)]
    }

    func scheduled() {
        counter("flow_schedule_cnts", flow).increment()
    }

    func read(rows: Int) {
        counter("kisflow_data_total", []).increment(by: rows)
        counter("flow_data_total", flow).increment(by: rows)
    }

    func ended(after duration: Duration) {
        Timer(label: "flow_run_duration", dimensions: flow, factory: factory).record(duration: duration)
    }

    func called(_ report: FunctionReport) {
        let function = [("func_name", report.name), ("func_mode", report.mode.rawValue)]
        counter("func_schedule_cnts", function).increment(by: report.attempts)
        Timer(label: "func_run_duration", dimensions: function, factory: factory).record(duration: .seconds(report.seconds))
        for (name, rows) in [
            ("func_rows_in", report.rowsIn), ("func_rows_out", report.rowsOut), ("func_rows_rejected", report.rejected),
            ("func_rows_failed", report.failed),
        ] {
            counter(name, function + flow).increment(by: rows)
        }
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> Counter {
        Counter(label: label, dimensions: dimensions, factory: factory)
    }
}
