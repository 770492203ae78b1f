public import Engine
import Workflow

extension Duration {
    /// Reads a time such as `90s`, `1h30m`, `1.5h`, `2d`, `250ms`, or a number of seconds.
    /// - Parameter parameter: what the text is called in the error.
    /// - Throws: `ActionError` for anything else, and above 3650 days.
    public init(_ text: String, parameter: String) throws(ActionError) {
        do throws(DurationText.Mistake) { self = try DurationText.parse(text) } catch {
            throw ActionError("\(parameter): '\(text.prefix(40))' \(error)")
        }
    }
}
