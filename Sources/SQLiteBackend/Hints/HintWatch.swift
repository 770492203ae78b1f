import Dispatch
import Engine

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Tells what other processes append to a file of hints, when they do: the system says so (inotify; on Darwin kqueue), nothing is asked for by the clock.
///
/// `@unchecked Sendable`: what changes is used on `queue` only; `init` and `cancel` hand it over.
final class HintWatch: @unchecked Sendable {
    private let file: HintFile
    private let queue: DispatchQueue
    private let onNews: @Sendable (HintReader.News) -> Void
    private var reader: HintReader
    private var source: (any DispatchSourceProtocol)?

    /// From here on nothing is missed.
    /// - Parameter onNews: called on `queue`.
    init(_ file: HintFile, queue: DispatchQueue, onNews: @escaping @Sendable (HintReader.News) -> Void) throws(HintFile.Problem) {
        self.file = file
        self.queue = queue
        self.onNews = onNews
        (reader, source) = try Self.start(file, queue, atEnd: true)
        resume()
    }

    /// Nothing is told afterwards, but what is being told.
    func cancel() {
        queue.async {
            self.source?.cancel()
            self.source = nil
        }
    }

    /// The file is opened before it is watched, and looked at after: where it was set aside in between, this is done again.
    private static func start(_ file: HintFile, _ queue: DispatchQueue, atEnd: Bool) throws(HintFile.Problem) -> (
        HintReader, any DispatchSourceProtocol
    ) {
        for _ in 0..<3 {
            let reader = try HintReader(file, atEnd: atEnd)
            let source = try HintSource.make(file, queue)
            if !reader.isOutdated { return (reader, source) }
            HintSource.end(source)
        }
        throw HintFile.Problem("watch", file.path, EAGAIN)
    }

    private func resume() {
        source?.setEventHandler { [weak self] in self?.look() }
        source?.resume()
    }

    private func look() {
        guard let source else { return }
        HintSource.drain(source)
        if let news = reader.news() { onNews(news) }
        if reader.isOutdated { beginAnew() }
    }

    /// The file was set aside, deleted or replaced: what is at the path now is read from its beginning.
    private func beginAnew() {
        source?.cancel()
        source = nil
        do {
            (reader, source) = try Self.start(file, queue, atEnd: false)
            _ = reader.news()
            resume()
            onNews(.missed)
        } catch {
            onNews(.ended(error))
        }
    }
}
