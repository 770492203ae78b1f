/// A run on its way.
final class SimulatedRun {
    let number: Int
    let layers: [Int]
    let submitted: Double
    var layer = 0
    /// Tasks of the present layer that are not durable yet.
    var left = 0
    /// When the last task of the layer before ended.
    var lastEnd = 0.0
    var isOver = false

    init(number: Int, layers: [Int], submitted: Double) {
        self.number = number
        self.layers = layers
        self.submitted = submitted
    }
}
