import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Ctrl-C while a program waits: what was started goes on, and the user is told how to look at it.
///
/// The process ends at once, from the signal's queue: a request that is under way may be waiting for a server that does not answer.
package final class Interrupt: Sendable {
    private let notice: Mutex<String>

    /// From now on SIGINT prints `notice` and ends the process with code 130.
    package init(notice: String, terminal: Terminal) {
        self.notice = Mutex(notice)
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        // The source lives as long as its handler, which is as long as the process.
        source.setEventHandler { [self, source] in
            withExtendedLifetime(source) {
                terminal.printError(self.notice.withLock { (terminal.isInteractive ? "\n" : "") + $0 + "\n" })
                _exit(ExitStatus.interrupted.rawValue)
            }
        }
        source.resume()
    }

    /// Replaces what is said on Ctrl-C.
    package func say(_ notice: String) { self.notice.withLock { $0 = notice } }
}
