/// A template that cannot be read, or that names something that is not there.
public struct TemplateError: Error, Hashable, Sendable {
    /// Where the text with the template is, for example `params.files[2].name`; empty where nobody said.
    public var path: String
    /// The template as it was written, for example `{{vars.fileName}}`.
    public var template: String
    /// What is wrong and what to do.
    public var message: String

    public init(path: String = "", template: String, message: String) {
        self.path = path
        self.template = template
        self.message = message
    }

    func at(_ path: ValuePath) -> TemplateError {
        TemplateError(path: path.description, template: template, message: message)
    }
}

extension TemplateError: CustomStringConvertible {
    public var description: String { (path.isEmpty ? "" : "\(path): ") + "\(template): \(message)" }
}
