import Engine

/// The files of a new project.
struct ProjectTemplate: Sendable {
    let name: String
    /// Path of a checkout of Swiftflow; `nil` for the published package.
    let packagePath: String?

    /// Where the package is.
    static let packageURL = "https://github.com/swiftflow/swiftflow"

    /// Names that the project could not have: those of modules that it uses.
    private static let taken: Set<String> = [
        "swift", "foundation", "testing", "swiftflow", "swiftflowtesting", "kisflow", "kisconnectors", "engine", "workflow", "actions",
        "console",
        "records", "bson", "argumentparser", "logging", "dispatch", "package", "main",
    ]
    /// Words that cannot be the name of a type.
    private static let keywords: Set<String> = [
        "any", "as", "async", "await", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
        "extension", "fallthrough", "false", "for", "func", "guard", "if", "import", "in", "init", "inout", "internal", "is", "let", "nil",
        "operator", "private", "protocol", "public", "repeat", "return", "self", "static", "struct", "subscript", "super", "switch",
        "throw", "throws", "true", "try", "type", "typealias", "var", "where", "while",
    ]

    /// - Throws: `NodeError` for a name that a Swift module cannot have, or that another one has, with one that would do.
    init(name: String, packagePath: String? = nil) throws(NodeError) {
        let isLetter = { (byte: UInt8) in (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
        let isWord = name.utf8.first.map(isLetter) ?? false
        guard isWord, name.utf8.count <= 60, name.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x5F }) else {
            throw NodeError(
                "'\(name.prefix(80))' cannot be the name of a Swift module: begin with a letter, go on with letters, digits and _, 60 at most; for example \(Self.suggestion(for: name))"
            )
        }
        guard !Self.taken.contains(name.lowercased()), !Self.keywords.contains(name.lowercased()) else {
            throw NodeError(
                "'\(name)' is the name of a module that the project uses, or a word of Swift; take another, for example My\(Self.suggestion(for: name))"
            )
        }
        self.name = name
        self.packagePath = packagePath
    }

    /// A name that would do: `my-project 2` is `MyProject2`.
    static func suggestion(for name: String) -> String {
        let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let word = String(words.joined().drop { !$0.isLetter }.prefix(60))
        return word.isEmpty ? "MyProject" : word
    }

    /// The id of the DAG, and the name of its file.
    var dag: String { name.lowercased() }

    /// Paths in the project's folder, and what is in them, in order of the paths.
    var files: [(path: String, text: String)] {
        [
            (".gitignore", Self.ignored), ("Package.swift", manifest), ("README.md", readme),
            ("Sources/\(name)/Measuring.swift", functions), ("Sources/\(name)/\(name).swift", worker),
            ("Tests/\(name)Tests/\(name)Tests.swift", tests), ("dags/\(dag).yaml", definition),
            ("flows/measure.yaml", Self.flow),
        ]
    }

    /// What is said when the project is there.
    var farewell: String {
        """
        \(name) is there: a worker with an action and a flow, a DAG that uses both, and a test. Next:
          cd \(name)
          swift run \(name) run dags/\(dag).yaml     build it, and run the DAG once
          swift test                                run its tests
          swift run \(name) dev                      run what commander submits, and watch dags/ for changes

        """
    }
}
