import KisFlow

/// Flows as a few lines each: source, functions, where rows and error rows go.
package struct FlowDrawing: Sendable {
    let flows: [FlowPlan]

    /// For `--json`.
    package var document: any Encodable & Sendable { flows }

    /// - Parameter flow: one flow's name; all of them when left out.
    /// - Throws: ``FlowReadError`` when the folder cannot be read or has no such flow.
    package init(directory: String, flow: String?) throws(FlowReadError) {
        let plans: [FlowPlan]
        do { plans = try FlowCheck(directory: directory).plans } catch { throw FlowReadError(description: "\(error)") }
        flows = plans.filter { flow == nil || $0.name == flow }
        guard let flow, flows.isEmpty else { return }
        let known = plans.map(\.name).joined(separator: ", ")
        throw FlowReadError(description: "\(directory) has no flow \"\(flow)\"; it has \(known.isEmpty ? "none" : known)")
    }

    /// - Parameter width: columns of the terminal; nothing is cut off when left out.
    package func lines(width: Int?) -> [String] {
        if flows.isEmpty { return ["there are no flows"] }
        return flows.map { drawing($0) }.joined(separator: [""]).map { FlowText.cut(FlowText.printable($0), to: width) }
    }

    private func drawing(_ flow: FlowPlan) -> [String] {
        let functions = FlowText.table(flow.functions.enumerated().map { ["\($0 + 1)", $1.name, $1.mode ?? "?", details($1)] }, right: [0])
        let inside = (flow.source.map { ["source \(Self.text($0))"] } ?? []) + functions
        return [head(flow)] + inside.enumerated().map { ($0 == inside.count - 1 ? "└ " : "├ ") + $1 }
    }

    private func head(_ flow: FlowPlan) -> String {
        var facts: [String] = flow.isEnabled ? [] : ["disabled"]
        if flow.source != nil || flow.parallelism > 1 { facts.append("batches of \(flow.batchRows)") }
        if flow.parallelism > 1 { facts.append("\(flow.parallelism) at once\(flow.isOrdered ? "" : " in any order")") }
        return flow.name + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }

    private func details(_ function: FlowPlan.Function) -> String {
        var parts: [String] = []
        if function.mode == nil { parts.append("no file defines it") }
        if let connector = function.connector { parts.append("\(arrow(function)) \(Self.text(connector))") }
        if !function.command.isEmpty {
            // A line for the shell is shown as it was written.
            let isLine = function.command.starts(with: ["/bin/sh", "-c"]) && function.command.count == 3
            parts.append("\(function.type ?? "command"): \(function.command.dropFirst(isLine ? 2 : 0).joined(separator: " "))")
        } else if let type = function.type {
            parts.append("type \(type)")
        }
        if !function.must.isEmpty { parts.append("must \(function.must.joined(separator: ","))") }
        parts += function.params.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (parts + errors(function)).joined(separator: "  ")
    }

    private func errors(_ function: FlowPlan.Function) -> [String] {
        var parts: [String] = []
        if let letters = function.deadLetters {
            parts.append("error rows -> \(Self.text(letters))")
        } else if function.onError != "fail" {
            parts.append("on_error \(function.onError)")
        }
        if function.retryTimes > 0 { parts.append("\(function.retryTimes) retries after \(function.retryDuration) ms") }
        if let ratio = function.maxErrorRatio { parts.append("max_error_ratio \(ratio)") }
        return parts
    }

    private func arrow(_ function: FlowPlan.Function) -> String {
        switch function.mode {
        case "Load": "<-"
        case "Save": "->"
        default: "with"
        }
    }

    private static func text(_ store: FlowPlan.Store) -> String {
        let inside = [store.type, store.place].filter { !$0.isEmpty }.joined(separator: " ")
        return store.connector + (inside.isEmpty ? "" : " (\(inside))")
    }
}
