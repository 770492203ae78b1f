import CapacityModel
import Testing

/// Small clusters, so that all of it takes a moment.
private func shape(_ change: (inout ClusterShape) -> Void = { _ in }) -> ClusterShape {
    var shape = ClusterShape()
    (shape.nodes, shape.tasksPerDay) = (10, 50 * 86_400)
    change(&shape)
    return shape
}

@Test("The same seed gives the same day, another one another")
func deterministic() {
    let day = Day.simulate(shape(), Costs(), tasks: 5_000)
    #expect(Day.simulate(shape(), Costs(), tasks: 5_000) == day)
    #expect(Day.simulate(shape { $0.seed = 2 }, Costs(), tasks: 5_000) != day)
}

@Test("Below saturation all that is submitted is done")
func keepsUp() {
    let day = Day.simulate(shape { $0.taskDuration = 0 }, Costs(), multiple: 4, tasks: 20_000)
    #expect(!day.isSaturated)
    #expect(abs(day.durable.mean / day.offered.mean - 1) < 0.02)
    #expect(abs(day.offered.mean / 200 - 1) < 0.25)
}

@Test("A lonely hop costs one durable write")
func lonelyHop() {
    let costs = Costs()
    let day = Day.simulate(
        shape { ($0.tasksPerDay, $0.taskDuration, $0.tracedShare, $0.burstShare, $0.wideShare) = (86_400, 0, 0, 0, 0) }, costs, tasks: 1_000
    )
    let write =
        costs.roundTrip + costs.writeCommand + costs.insertTask + costs.sync + 2 * costs.syncPerSecondary + costs.journal + costs.majority
    #expect(day.hop.median > write)
    #expect(day.hop.median < write * 1.1)
}

@Test("Under load batches grow, so that a task costs less")
func batchesGrow() {
    let few = shape { ($0.nodes, $0.taskDuration) = (2, 0) }
    let quiet = Day.simulate(few, Costs(), multiple: 1, tasks: 5_000)
    let busy = Day.simulate(few, Costs(), multiple: 40, tasks: 40_000)
    #expect(busy.recordsPerBatch > 2 * quiet.recordsPerBatch)
    #expect(busy.server.mean / busy.durable.mean < 0.5 * quiet.server.mean / quiet.durable.mean)
}

@Test("A server with fewer cores is used up sooner, and the sweep says by what")
func saturates() throws {
    let small = shape { ($0.serverCores, $0.taskDuration) = (1, 0) }
    let large = shape { ($0.serverCores, $0.taskDuration) = (2, 0) }
    let loads = [8.0, 32, 128]
    let first = try #require(Sweep(small, Costs(), multiples: loads, tasks: 20_000).saturated)
    #expect(first.resources[0].name == "server's processor")
    let second = try #require(Sweep(large, Costs(), multiples: loads, tasks: 20_000).saturated)
    #expect(second.multiple > first.multiple)
}

@Test("Hints cost with the number of nodes, unless nodes listen apart")
func hints() {
    let together = shape { ($0.nodes, $0.taskDuration) = (100, 0) }
    let apart = shape { ($0.nodes, $0.taskDuration, $0.signalCollections) = (100, 0, 20) }
    func hintSeconds(_ shape: ClusterShape) -> Double {
        Day.simulate(shape, Costs(), tasks: 5_000).serverSecondsPerTask[.hints] ?? 0
    }
    #expect(hintSeconds(together) > 3 * hintSeconds(apart))
}
