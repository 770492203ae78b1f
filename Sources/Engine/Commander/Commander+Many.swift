public import Workflow

/// A run to start.
public struct RunRequest: Sendable, Hashable {
    public var dagId: String
    /// Values for the definition's variables.
    public var vars: [String: String]
    /// An idempotency key; `nil` to have an id made.
    public var id: String?
    public var tags: [String: String]

    public init(dagId: String, vars: [String: String] = [:], id: String? = nil, tags: [String: String] = [:]) {
        self.dagId = dagId
        self.vars = vars
        self.id = id
        self.tags = tags
    }
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
        var records: [String: DagRecord] = [:]
        var broken: [String: CommandError] = [:]
        for dagId in Set(requests.map(\.dagId)).sorted() {
            do { records[dagId] = try await store.dag(id: dagId) } catch let error as StoreError where error.kind == .malformed {
                broken[dagId] = CommandError(.refused, "\(error)")
            }
        }
        let now = Self.now()
        var results: [Result<DagInstance, CommandError>] = []
        for request in requests {
            results.append(
                Result { () throws(CommandError) in
                    if let id = request.id { try Self.validate(id: id) }
                    if let why = broken[request.dagId] { throw why }
                    return try Self.instance(for: request, of: records[request.dagId], at: now)
                })
        }
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
