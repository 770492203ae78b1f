/// All that is wrong, or looks wrong, in a folder of YAML files, whether a configuration can be made of it or not.
///
/// It needs no code: what only a worker knows is added with ``with(_:)``.
public struct FlowCheck: Sendable {
    /// What was read, as far as it could be understood.
    let read: FlowConfiguration
    private let places: ConfigurationCheck
    /// Mistakes: the flows concerned cannot run.
    public private(set) var errors: [ConfigurationIssue]
    /// What works, but hardly as it was meant.
    public private(set) var warnings: [ConfigurationIssue]

    /// - Throws: ``FlowError`` of kind `configuration` when the folder is missing or cannot be listed.
    public init(directory: String) throws {
        self.init(try FlowConfiguration.reader(of: directory))
    }

    /// - Parameter documents: file names and their contents.
    public init(_ documents: [String: String]) {
        var reader = ConfigurationReader()
        for (file, text) in documents.sorted(by: { $0.key < $1.key }) { reader.read(text, file: file) }
        self.init(reader)
    }

    private init(_ reader: consuming ConfigurationReader) {
        let (configuration, issues, places) = reader.checked()
        read = configuration
        self.places = places
        let mistakes = FlowMistakes(configuration: configuration, places: places)
        errors = (issues + mistakes.errors).sortedByPlace
        warnings = mistakes.warnings.sortedByPlace
    }

    /// Flows, functions and connectors, as far as they could be understood.
    public var counts: (flows: Int, functions: Int, connectors: Int) {
        (read.flows.count, read.functions.count, read.connectors.count)
    }

    /// With what keeps flows from running where the code of this registry is.
    public func with(_ registry: FlowRegistry) async -> FlowCheck {
        var check = self
        let missing = MissingCode(configuration: read, registry: registry, places: places)
        check.errors = (errors + (await missing.errors)).sortedByPlace
        return check
    }
}
