/// What the templates of a value name, found without rendering them.
public struct TemplateScan: Hashable, Sendable {
    /// What is named, and where.
    public var uses: [Use] = []
    /// Strings whose templates cannot be read.
    public var failures: [Failure] = []

    public init(uses: [Use] = [], failures: [Failure] = []) {
        self.uses = uses
        self.failures = failures
    }

    public struct Use: Hashable, Sendable {
        /// Where the string with the template is.
        public var path: ValuePath
        public var reference: TemplateReference

        public init(path: ValuePath, reference: TemplateReference) {
            self.path = path
            self.reference = reference
        }
    }

    public struct Failure: Hashable, Sendable {
        /// Where the string is.
        public var path: ValuePath
        public var error: TemplateError

        public init(path: ValuePath, error: TemplateError) {
            self.path = path
            self.error = error
        }
    }
}
