import KisFlow
import NIOCore
import NIOPosix
import Testing

/// A server that answers whatever it is sent with the next of some texts, and closes the connection behind the last.
enum RawServer {
    /// - Parameters:
    ///   - answers: one for each time that something comes.
    ///   - isSlow: whether each byte is sent on its own.
    ///   - body: gets the port.
    static func run<Result>(_ answers: [String], isSlow: Bool = false, _ body: (Int) async throws -> Result) async throws -> Result {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answers: answers, isSlow: isSlow))
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(try #require(channel.localAddress?.port))
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var answers: ArraySlice<String>
        private let isSlow: Bool

        init(answers: [String], isSlow: Bool) {
            self.answers = answers[...]
            self.isSlow = isSlow
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer = answers.popFirst() else { return }
            let pieces = isSlow ? answer.utf8.map { [$0] } : [Array(answer.utf8)]
            for piece in pieces { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: piece)), promise: nil) }
            if answers.isEmpty { context.close(promise: nil) }
        }
    }
}
