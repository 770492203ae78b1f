/// Ends the folds of a run, one after the other; what each gives goes through the functions after it.
struct FoldEnds {
    let run: FlowRun

    init(_ run: FlowRun) {
        self.run = run
    }

    /// - Parameter output: gets what reaches the end of the flow.
    /// - Returns: the same.
    func finish(_ output: (FlowRows) async throws -> Void) async throws -> [FlowRows] {
        var outputs: [FlowRows] = []
        for step in run.flow.steps {
            if run.isAborted { break }
            // A fold that no row has reached has nothing to say.
            guard let fold = step.function.fold, run.hasCalled(step.number) else { continue }
            var pass = FlowPass(run, from: step.number, rows: FlowRows())
            let ended = try await pass.finishFold(fold.finish)
            guard let end = if let ended { ended } else { try await pass.advance() } else { continue }
            run.endedFold(end)
            guard end.status == .completed, !end.output.isEmpty else { continue }
            try await output(end.output)
            outputs.append(end.output)
        }
        return outputs
    }
}
