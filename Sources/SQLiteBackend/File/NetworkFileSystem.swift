#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Darwin)
import Darwin
#endif

/// File systems that other machines share. SQLite's log keeps its index in memory that the processes of one host share, so a file there would be damaged sooner or later.
enum NetworkFileSystem {
    /// Whether a mount's type is one of them; those in user space are `fuse.` and a name on Linux.
    static func isShared(type: String) -> Bool {
        shared.contains(type.hasPrefix("fuse.") ? String(type.dropFirst("fuse.".count)) : type)
    }

    private static let shared: Set<String> = [
        // In the kernels of Linux and Darwin.
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "smbfs2", "ncpfs", "afs", "kafs", "coda", "9p", "virtiofs", "vboxsf", "vmhgfs", "ceph",
        "lustre", "gfs2", "ocfs2", "gpfs", "beegfs", "pvfs2", "orangefs", "afpfs", "webdav", "ftp",
        // In user space.
        "sshfs", "s3fs", "goofys", "mount-s3", "mountpoint-s3", "gcsfuse", "rclone", "davfs", "davfs2", "curlftpfs", "smbnetfs",
        "glusterfs", "ceph-fuse", "cephfs", "juicefs", "seaweedfs", "moosefs", "mfs", "lizardfs", "dfuse", "blobfuse", "blobfuse2",
        "osxfs", "grpcfuse", "vmhgfs-fuse", "macfuse", "osxfuse",
    ]

    /// The type of the mount that a folder is on.
    /// - Parameters:
    ///   - folder: absolute, without links.
    ///   - mounts: `/proc/self/mountinfo`: a line for each mount, its place in the fifth field, its type in the first field after ` - `. See `proc(5)`.
    static func type(of folder: String, mounts: String) -> String? {
        var best: (place: String, type: String)?
        for line in mounts.split(separator: "\n") {
            let halves = line.split(separator: " - ", maxSplits: 1)
            let fields = halves[0].split(separator: " ")
            guard fields.count >= 5, halves.count > 1, let type = halves[1].split(separator: " ").first else { continue }
            let place = unescaped(String(fields[4]))
            // Of several mounts at one place the last one is seen.
            guard contains(place, folder), place.utf8.count >= best?.place.utf8.count ?? 0 else { continue }
            best = (place, String(type))
        }
        return best?.type
    }

    /// Blanks and the like are written as octal numbers.
    private static func unescaped(_ place: String) -> String {
        place.replacing("\\040", with: " ").replacing("\\011", with: "\t").replacing("\\134", with: "\\")
    }

    private static func contains(_ place: String, _ folder: String) -> Bool {
        place == "/" || folder == place || folder.hasPrefix(place + "/")
    }

    /// The type of the network file system that a folder is on; `nil` if it is on none, or nobody can tell.
    static func type(at folder: String) -> String? {
        #if canImport(Darwin)
        var status = statfs()
        guard statfs(folder, &status) == 0 else { return nil }
        let type = withUnsafeBytes(of: status.f_fstypename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return isShared(type: type) || status.f_flags & UInt32(MNT_LOCAL) == 0 ? type : nil
        #else
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return nil }
        return type(of: folder, mounts: mounts).flatMap { isShared(type: $0) ? $0 : nil }
        #endif
    }
}
