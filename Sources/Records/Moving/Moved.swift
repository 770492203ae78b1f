/// How much was written or read.
package struct Moved: Sendable, Hashable, Encodable {
    package var versions = 0
    package var runs = 0
    package var tasks = 0
    package var commands = 0
    /// Chunks of lines that tasks wrote.
    package var traces = 0

    package init() {}
}
