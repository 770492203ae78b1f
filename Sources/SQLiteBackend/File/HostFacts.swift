#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which host this is, and which boot of it.
struct HostFacts: Sendable, Hashable {
    /// What tells the host from others: its machine id, or its name where it has none.
    var id: String
    /// The host's name, for people.
    var name: String
    /// Another after each boot. Containers on one kernel share it, and the clock and the locks of files with it.
    var boot: String

    init(id: String, name: String, boot: String) {
        self.id = id
        self.name = name
        self.boot = boot
    }

    /// This host, now.
    static func system() -> HostFacts {
        let name = hostName()
        #if canImport(Darwin)
        return HostFacts(id: name, name: name, boot: control("kern.bootsessionuuid") ?? name)
        #else
        // Without a boot id a boot is told by nothing; every start of the host looks like the same then, and leases run out by themselves.
        return HostFacts(id: line(of: "/etc/machine-id") ?? name, name: name, boot: line(of: "/proc/sys/kernel/random/boot_id") ?? name)
        #endif
    }

    private static func line(of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.isEmpty ? nil : line
    }

    private static func hostName() -> String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    #if canImport(Darwin)
    private static func control(_ name: String) -> String? {
        var size = 0
        guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    #endif
}
