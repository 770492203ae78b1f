public import Workflow

/// A run to start.
public struct RunRequest: Sendable, Hashable {
    public var dagId: String
    /// Values for the definition's variables.
    public var vars: [String: String]
    /// An idempotency key; `nil` to have an id made.
    public var id: String?
    public var tags: [String: String]
    /// A version of the definition that was applied at some time; `nil` for the current one.
    public var version: String?
    /// Runs of higher priority are given out first; `nil` for the DAG's.
    public var priority: Int?

    public init(
        dagId: String, vars: [String: String] = [:], id: String? = nil, tags: [String: String] = [:], version: String? = nil,
        priority: Int? = nil
    ) {
        self.dagId = dagId
        self.vars = vars
        self.id = id
        self.tags = tags
        self.version = version
        self.priority = priority
    }

    /// What it runs, whatever it runs it with.
    fileprivate var definition: RunRequest { RunRequest(dagId: dagId, version: version) }
}

extension Commander {
    /// The most runs that travel in one command.
    static let submissionLimit = 250

    /// Starts many runs in few commands: for those who submit thousands, where one call each would take a round trip each.
    ///
    /// Each request stands for itself: what is wrong with one disturbs no other. Where an id is given it is an idempotency key, so the whole list can be sent again after an error.
    /// - Returns: for each request, in order, its run or why there is none.
    /// - Throws: `StoreError` where the store does not answer; some of the runs may have been started then.
    public func run(_ requests: [RunRequest]) async throws -> [Result<DagInstance, CommandError>] {
        let (records, broken) = try await definitions(of: requests)
        let now = Self.now()
        var results: [Result<DagInstance, CommandError>] = []
        for request in requests {
            results.append(
                Result { () throws(CommandError) in
                    if let id = request.id { try Self.validate(id: id) }
                    if let why = broken[request.definition] { throw why }
                    return try Self.instance(for: request, of: records[request.definition], at: now)
                })
        }
        try await admit(&results, requests, records)
        let valid = results.indices.filter { (try? results[$0].get()) != nil }
        for start in stride(from: 0, to: valid.count, by: Self.submissionLimit) {
            do { try await submit(Array(valid[start..<min(start + Self.submissionLimit, valid.count)]), &results, requests) } catch {
                // Some of them may be there.
                await keeper.signal([.dispatch])
                throw error
            }
            // The first can be at work while the others are on their way.
            await keeper.signal([.dispatch])
        }
        // A definition that has changed since must not hide a run that is there already.
        for index in results.indices where requests[index].id != nil {
            guard case .failure = results[index], requests[index].id.map(Self.isValid) == true else { continue }
            results[index] = try await found(requests[index]) ?? results[index]
        }
        return results
    }

    /// What requests run; and why those have nothing to run that have not.
    private func definitions(of requests: [RunRequest]) async throws -> ([RunRequest: DagRecord], [RunRequest: CommandError]) {
        var records: [RunRequest: DagRecord] = [:]
        var broken: [RunRequest: CommandError] = [:]
        for request in Set(requests.map(\.definition)).sorted(by: { ($0.dagId, $0.version ?? "") < ($1.dagId, $1.version ?? "") }) {
            do { records[request] = try await definition(of: request) } catch let error as StoreError where error.kind == .malformed {
                broken[request] = CommandError(.refused, "\(error)")
            } catch let error as CommandError {
                broken[request] = error
            }
        }
        return (records, broken)
    }

    /// Refuses what is beyond the limits of waiting runs, the last requests first.
    private func admit(
        _ results: inout [Result<DagInstance, CommandError>], _ requests: [RunRequest], _ records: [RunRequest: DagRecord]
    ) async throws {
        let valid = results.indices.filter { (try? results[$0].get()) != nil }
        let byDag = Dictionary(grouping: valid) { requests[$0].dagId }
        for (_, indices) in byDag.sorted(by: { $0.key < $1.key }) {
            guard let first = indices.first, let dag = records[requests[first].definition]?.dag else { continue }
            let admitted = try await admission.admit(indices.count, of: dag, count: waitingRuns)
            for index in indices.dropFirst(admitted.count) { results[index] = .failure(CommandError(.refused, admitted.why)) }
        }
    }

    private func submit(_ indices: [Int], _ results: inout [Result<DagInstance, CommandError>], _ requests: [RunRequest]) async throws {
        let outcomes = try await store.submit(indices.compactMap { try? results[$0].get() })
        for (index, outcome) in zip(indices, outcomes) {
            switch outcome {
            case .created: continue
            case .existing(let existing):
                results[index] = Result { () throws(CommandError) in
                    try Self.require(existing, dagId: requests[index].dagId, vars: (try? results[index].get().vars) ?? [:])
                    return existing
                }
            case .refused(let why): results[index] = .failure(CommandError(.refused, "the run cannot be stored: \(why)"))
            }
        }
    }

    private static func isValid(id: String) -> Bool { (try? validate(id: id)) != nil }

    /// The run that has a request's id already; `nil` if there is none.
    private func found(_ request: RunRequest) async throws -> Result<DagInstance, CommandError>? {
        guard let id = request.id else { return nil }
        do {
            return try await existing(id, dagId: request.dagId, vars: request.vars).map { .success($0) }
        } catch let error as CommandError {
            return .failure(error)
        }
    }
}
