import KisFlow
import NIOCore
import Synchronization

/// Talks to one server over a few connections, which are made when they are needed and made anew when they are lost.
final class RedisClient: Sendable {
    /// How much is sent before the answers are waited for.
    private static let exchangeCommands = 1_000
    private static let exchangeBytes = 1 << 20

    private struct State {
        var idle: [RedisConnection] = []
        var isClosed = false
    }

    let address: RedisAddress
    private let limits: RedisConnection.Limits
    private let slots: Slots
    private let state = Mutex(State())

    init(_ address: RedisAddress, connections: Int, _ limits: RedisConnection.Limits) {
        self.address = address
        self.limits = limits
        slots = Slots(connections)
    }

    /// Sends commands, many at a time.
    ///
    /// - Parameters:
    ///   - group: so many commands that follow each other belong together and travel on one connection: a transaction.
    ///   - isRepeatable: whether commands may be sent again when the connection is lost before their answers came.
    /// - Returns: the answers, none of which is an error.
    /// - Throws: `FlowError` of kind `connector` that names the server and the command.
    func run(_ commands: [RedisCommand], group: Int = 1, isRepeatable: Bool) async throws -> [RESPValue] {
        var answers: [RESPValue] = []
        var part: [RedisCommand] = []
        var bytes = 0
        for (number, command) in commands.enumerated() {
            part.append(command)
            bytes += command.size
            let isFull = part.count >= Self.exchangeCommands || bytes >= Self.exchangeBytes
            guard number + 1 == commands.count || (isFull && (number + 1) % group == 0) else { continue }
            answers += try await exchange(part, isRepeatable: isRepeatable)
            part = []
            bytes = 0
        }
        return answers
    }

    func run(_ command: RedisCommand, isRepeatable: Bool = true) async throws -> RESPValue {
        try await run([command], isRepeatable: isRepeatable).first ?? .null
    }

    func close() async {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { await connection.close() }
    }

    // MARK: - Connections

    private func exchange(_ commands: [RedisCommand], isRepeatable: Bool) async throws -> [RESPValue] {
        try await slots.withSlot {
            do {
                return try await exchangeOnce(commands)
            } catch is RedisConnection.Lost where isRepeatable && !Task.isCancelled {
                return try await named(commands) { try await exchangeOnce(commands) }
            } catch {
                return try await named(commands) { throw error }
            }
        }
    }

    private func exchangeOnce(_ commands: [RedisCommand]) async throws -> [RESPValue] {
        let connection = try await connection()
        do {
            let answers = try await connection.exchange(commands)
            try check(answers, of: commands)
            await giveBack(connection)
            return answers
        } catch let error as FlowError {
            await giveBack(connection)
            throw error
        } catch {
            await connection.close()
            throw error
        }
    }

    private func connection() async throws -> RedisConnection {
        let known = state.withLock { state in
            state.idle.removeAll { !$0.isOpen }
            return state.idle.popLast()
        }
        if let known { return known }
        try Task.checkCancellation()
        let new: RedisConnection
        do {
            new = try await RedisConnection(address, limits)
        } catch {
            throw FlowError(
                .connector, "cannot reach Redis at \(address): \(Self.text(of: error)); is it running there?", underlying: error)
        }
        do {
            try await greet(new)
        } catch {
            await new.close()
            throw error
        }
        return new
    }

    private func giveBack(_ connection: RedisConnection) async {
        let isKept = state.withLock { state in
            guard !state.isClosed else { return false }
            state.idle.append(connection)
            return true
        }
        if !isKept { await connection.close() }
    }

    private func greet(_ connection: RedisConnection) async throws {
        var commands: [RedisCommand] = []
        if let password = address.password {
            commands.append(RedisCommand("AUTH", [address.user, password].compactMap { $0.map { Array($0.utf8) } }))
        }
        if address.database != 0 { commands.append(RedisCommand("SELECT", "\(address.database)")) }
        guard !commands.isEmpty else { return }
        try check(try await connection.exchange(commands), of: commands)
    }

    // MARK: - Errors

    private func check(_ answers: [RESPValue], of commands: [RedisCommand]) throws {
        for (answer, command) in zip(answers, commands) {
            guard let text = answer.failure else { continue }
            // A server that does not know AUTH says so with the password in its answer.
            let reason = command.description == "AUTH" ? String(text.prefix { $0 != " " }) : String(text.prefix(500))
            throw FlowError(.connector, "Redis at \(address): \(command.description): \(reason)\(Self.hint(text))")
        }
    }

    private static func hint(_ text: String) -> String {
        switch text.prefix(while: { $0 != " " }) {
        case "NOAUTH": "; set a password in addrs (redis://:password@host) or by password_env"
        case "WRONGPASS": "; user or password is wrong"
        case "WRONGTYPE": "; the parameter kind does not fit what is there"
        default: ""
        }
    }

    private func named(_ commands: [RedisCommand], _ body: () async throws -> [RESPValue]) async throws -> [RESPValue] {
        do {
            return try await body()
        } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            if error is FlowError { throw error }
            let first = commands.first?.description ?? ""
            throw FlowError(.connector, "Redis at \(address): \(first): \(Self.text(of: error, limits))", underlying: error)
        }
    }

    private static func text(of error: any Error, _ limits: RedisConnection.Limits? = nil) -> String {
        switch error {
        case is RedisConnection.Lost: "the connection was lost before the answer came"
        case is RedisConnection.TimedOut: "no answer within \(limits?.commandTimeout ?? .zero) (parameter timeout)"
        case let error as RESPDecoder.Malformed: error.reason
        case ChannelError.connectTimeout: "no connection in time (parameter connect_timeout)"
        default: "\(error)"
        }
    }
}
