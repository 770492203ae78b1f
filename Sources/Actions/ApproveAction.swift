public import Engine
import Workflow

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `approve`: blocks its task until somebody continues or rejects it (`commander continue`, `commander reject`), or a time limit is over.
///
/// The output says who decided, when and why: `{{tasks.<id>.output.by}}`.
public struct ApproveAction: Action {
    public static let name = "approve"

    public struct Parameters: Codable, Sendable {
        /// What is to be decided.
        public var message: String?
        /// How long to wait for a decision, for example `2d`; no limit where not given.
        public var timeout: String?
        /// What happens then; `reject` where not given.
        public var onTimeout: Timeout?

        public init(message: String? = nil, timeout: String? = nil, onTimeout: Timeout? = nil) {
            self.message = message
            self.timeout = timeout
            self.onTimeout = onTimeout
        }

        public enum Timeout: String, Codable, Sendable, CaseIterable {
            case reject
            case `continue`
        }
    }

    public init() {}

    public func run(_ context: ActionContext, _ parameters: Parameters) async throws {
        if let decision = context.decision, decision.isApproved {
            await context.trace("continued by \(decision.author.words)")
            return try context.setOutput(Decision(by: decision.author.by, reason: decision.author.reason, at: decision.author.at))
        }
        if let limit = context.memo?.stringValue.flatMap(Double.init), Date(timeIntervalSince1970: limit) <= context.now {
            guard parameters.onTimeout == .continue else {
                throw ActionError.doNotRetry("nobody decided within \(parameters.timeout ?? "")")
            }
            await context.trace("continued: nobody decided within \(parameters.timeout ?? "")")
            return try context.setOutput(
                Decision(by: "timeout", reason: "nobody decided within \(parameters.timeout ?? "")", at: context.now))
        }
        try await ask(context, parameters)
    }

    private func ask(_ context: ActionContext, _ parameters: Parameters) async throws {
        let message = parameters.message ?? "waits for approval"
        guard let timeout = parameters.timeout else {
            await context.trace(message)
            try context.block(message)
        }
        let wait = try Duration(timeout, parameter: "params.timeout").components
        await context.trace("\(message) (within \(timeout))")
        let limit = context.now.addingTimeInterval(Double(wait.seconds) + Double(wait.attoseconds) / 1e18)
        try context.block(message, until: limit, memo: .string(String(limit.timeIntervalSince1970)))
    }

    private struct Decision: Codable, Sendable {
        var by: String
        var reason: String
        var at: Date
    }
}
