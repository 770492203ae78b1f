import Foundation
import KisFlow
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// A small HTTP server on a free port of this machine, which answers as a test says and notes what it was asked.
struct HTTPServer {
    struct Request: Sendable {
        var method = ""
        var uri = ""
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    enum Answer: Sendable {
        case ok(String, headers: [String: String] = [:])
        case status(Int, String = "", headers: [String: String] = [:])
        /// The connection is closed instead of an answer, after so much of a body.
        case broken(String? = nil)
        /// Never.
        case none
    }

    let port: Int
    let requests: Notes<Request>

    var address: String { "http://127.0.0.1:\(port)" }

    /// Runs a server while `body` runs.
    ///
    /// - Parameter answer: gets a request and its number, counted from 0.
    static func run<Result>(
        _ answer: @escaping @Sendable (Request, Int) -> Answer, _ body: (HTTPServer) async throws -> Result
    ) async throws -> Result {
        let requests = Notes<Request>()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(requests: requests, answer: answer))
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let server = HTTPServer(port: try #require(channel.localAddress?.port), requests: requests)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let requests: Notes<Request>
        private let answer: @Sendable (Request, Int) -> Answer
        private var request = Request()

        init(requests: Notes<Request>, answer: @escaping @Sendable (Request, Int) -> Answer) {
            self.requests = requests
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(method: head.method.rawValue, uri: head.uri)
                for (name, value) in head.headers { request.headers[name.lowercased()] = value }
            case .body(let part): request.body += part.readableBytesView
            case .end:
                let number = requests.add(numbered: request)
                respond(answer(request, number), context)
            }
        }

        private func respond(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .ok(let body, let headers): write(200, body, headers, body.utf8.count, context, ends: true)
            case .status(let code, let body, let headers): write(code, body, headers, body.utf8.count, context, ends: true)
            case .broken(let body):
                if let body { write(200, body, [:], body.utf8.count + 1_000, context, ends: false) }
                context.close(promise: nil)
            case .none: break
            }
        }

        private func write(
            _ code: Int, _ body: String, _ headers: [String: String], _ length: Int, _ context: ChannelHandlerContext, ends: Bool
        ) {
            var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: code))
            head.headers.add(name: "content-length", value: "\(length)")
            for (name, value) in headers { head.headers.add(name: name, value: value) }
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            if ends { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
            context.flush()
        }
    }
}

extension Notes {
    /// Notes a value; returns how many were noted before.
    func add(numbered value: Value) -> Int {
        add(value)
        return all.count - 1
    }
}
