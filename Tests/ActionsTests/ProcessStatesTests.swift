#if os(Linux)
import Foundation
import Glibc
import Testing

@testable import Actions

@Suite("What the system says of processes")
struct ProcessStatesTests {
    /// Starts a program as the leader of a group of its own.
    private func spawn(_ arguments: [String]) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        try #require(posix_spawn(&pid, arguments[0], nil, &attributes, &words, environ) == 0)
        return pid
    }

    @Test("a group is alive until its last process has ended, reaped or not")
    func group() throws {
        let pid = try spawn(["/bin/sh", "-c", "sleep 100"])
        #expect(ProcessStates.isAlive(group: pid))
        kill(-pid, SIGKILL)
        var info = siginfo_t()
        // It has ended, and nobody has reaped it: a signal still finds it.
        try #require(waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == 0)
        #expect(kill(-pid, 0) == 0)
        let end = ContinuousClock.now + .seconds(5)
        while ProcessStates.isAlive(group: pid), ContinuousClock.now < end { sched_yield() }
        #expect(!ProcessStates.isAlive(group: pid))
        _ = waitpid(pid, nil, 0)
    }
}
#endif
