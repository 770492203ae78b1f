#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Nobody reads the output any more (`| head`).
package struct ClosedOutput: Error {
    package init() {}
}

/// Where text goes: a file descriptor, unbuffered, or something that a test looks at.
package struct Output: Sendable {
    package let write: @Sendable (String) throws -> Void

    package init(write: @escaping @Sendable (String) throws -> Void) { self.write = write }

    /// Writes to a file descriptor.
    package static func descriptor(_ descriptor: Int32) -> Output {
        Output { text in
            var text = text
            try text.withUTF8 { bytes in try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor) }
        }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, 1_000)
            } else if errno == EPIPE {
                throw ClosedOutput()
            } else if errno != EINTR {
                throw Failure(.unexpected, "the output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
