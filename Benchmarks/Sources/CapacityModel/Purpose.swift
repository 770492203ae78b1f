/// What the server works for.
package enum Purpose: String, CaseIterable, Sendable {
    case tasks
    case traces
    case runs
    case journal
    case hints
    case leasesAndPolls = "leases, polls"
}
