import KisFlow
import NIOCore
import NIOPosix

/// One connection to a server. For one exchange at a time.
struct RedisConnection: Sendable {
    struct Limits: Sendable {
        var connectTimeout: Duration
        /// For all commands of one exchange.
        var commandTimeout: Duration
        var replyBytes: Int
    }

    struct TimedOut: Error {}
    /// The connection ended before the answer came.
    struct Lost: Error {}

    private let channel: any Channel
    private let limits: Limits

    /// Connects, and does no more.
    init(_ address: RedisAddress, _ limits: Limits) async throws {
        self.limits = limits
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ByteToMessageHandler(RESPDecoder(maximumBytes: limits.replyBytes))
                    try channel.pipeline.syncOperations.addHandlers(decoder, RedisExchangeHandler())
                }
            }
        switch address.place {
        case .tcp(let host, let port): channel = try await bootstrap.connect(host: host, port: port).get()
        case .unix(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
        }
    }

    var isOpen: Bool { channel.isActive }

    /// Sends commands together and waits for the answers to all of them. A cancelled task closes the connection.
    func exchange(_ commands: [RedisCommand]) async throws -> [RESPValue] {
        var buffer = channel.allocator.buffer(capacity: commands.reduce(0) { $0 + $1.size })
        for command in commands { command.write(to: &buffer) }
        let promise = channel.eventLoop.makePromise(of: [RESPValue].self)
        let exchange = RedisExchange(
            request: buffer, count: commands.count, timeout: TimeAmount(limits.commandTimeout), promise: promise)
        channel.writeAndFlush(exchange).whenFailure { _ in promise.fail(Lost()) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    func close() async {
        try? await channel.close()
    }
}

/// Commands as bytes, and who waits for so many answers.
private struct RedisExchange: Sendable {
    let request: ByteBuffer
    let count: Int
    let timeout: TimeAmount
    let promise: EventLoopPromise<[RESPValue]>
}

/// Gives the answers to who waits for them.
private final class RedisExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = RESPValue
    typealias OutboundIn = RedisExchange
    typealias OutboundOut = ByteBuffer

    private var current: (exchange: RedisExchange, timer: Scheduled<Void>)?
    private var answers: [RESPValue] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        let isFree = current == nil
        guard isFree else {
            promise?.fail(RedisConnection.Lost())
            return
        }
        let channel = context.channel
        let timer = context.eventLoop.scheduleTask(in: exchange.timeout) {
            exchange.promise.fail(RedisConnection.TimedOut())
            channel.close(promise: nil)
        }
        current = (exchange, timer)
        context.write(wrapOutboundOut(exchange.request), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let current else {
            // Nobody asked: this is not the server that it should be.
            return context.close(promise: nil)
        }
        answers.append(unwrapInboundIn(data))
        guard answers.count == current.exchange.count else { return }
        let done = answers
        end { $0.succeed(done) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end { $0.fail(RedisConnection.Lost()) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end { $0.fail(error) }
        context.close(promise: nil)
    }

    private func end(_ body: (EventLoopPromise<[RESPValue]>) -> Void) {
        guard let (exchange, timer) = current else { return }
        current = nil
        answers = []
        timer.cancel()
        body(exchange.promise)
    }
}
