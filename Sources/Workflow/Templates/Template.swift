/// A text with `{{…}}` in it, parsed.
///
/// What may stand inside the braces, with spaces as one likes:
/// - `fileName` or `vars.fileName`: a variable; `run.id`, `run.dagId`, `run.trigger`: the run, and for tasks of `onExit` `run.status` and
///   `run.reason`: how it ended;
/// - `item`, `item.name`, `item[0]` and `index`: the item of a fan-out, or a part of it, and its position;
/// - `shareData.key`: share data; everything after the first dot is the key, so `shareData.a.b` is the key `a.b`;
/// - `tasks.extract.output` and `tasks.extract.output.rows[0].name`: the output of an earlier task, or a part of it (`rows.0.name` means
///   the same);
/// - `.vars.fileName.Value` and `.shareData.key`: fastflow's forms;
/// - `"{{"`: that text itself, which is how a literal `{{` is written: `{{"{{"}}`. A `}}` outside a template is just text.
///
/// Dashes are part of names. A name with dots, spaces or brackets in it is put in brackets and quotes: `tasks["load.v2"].output`,
/// `vars["x"]`.
public struct Template: Hashable, Sendable {
    /// The pieces in order; neighbouring texts are one piece, and none is empty.
    public let parts: [Part]

    public enum Part: Hashable, Sendable {
        case text(String)
        case reference(TemplateReference)
    }

    /// Parses a text.
    /// - Throws: `TemplateError` for the first template that is not as described above.
    public init(_ text: String) throws(TemplateError) {
        var parser = TemplateParser(text)
        parts = try parser.parse()
    }

    /// What the templates name, in order.
    public var references: [TemplateReference] {
        parts.compactMap { part in
            if case .reference(let reference) = part { reference } else { nil }
        }
    }

    /// Whether a text may hold a template; most do not, and then nothing needs to be parsed.
    public static func isPresent(in text: String) -> Bool {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "{"), previous == byte { return true }
            previous = byte
        }
        return false
    }

    /// Fills the templates in.
    ///
    /// A text that is one template alone becomes what the template stands for, of whatever type; otherwise values become text, lists and
    /// objects as compact JSON. What is filled in is not looked through for templates again.
    /// - Throws: `TemplateError` if a template names something that the scope does not have.
    public func rendered(in scope: TemplateScope) throws(TemplateError) -> Value {
        var budget = scope.maxRenderedBytes
        return try rendered(in: scope, budget: &budget)
    }

    func rendered(in scope: TemplateScope, budget: inout Int) throws(TemplateError) -> Value {
        if parts.count == 1, case .reference(let reference) = parts[0] { return try value(of: reference, in: scope, &budget) }
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .reference(let reference): text += try value(of: reference, in: scope, &budget).interpolated
            }
        }
        return .string(text)
    }

    private func value(of reference: TemplateReference, in scope: TemplateScope, _ budget: inout Int) throws(TemplateError) -> Value {
        let value = try scope.value(of: reference)
        budget -= value.approximateSize
        guard budget >= 0 else {
            let message = "the rendered parameters are larger than \(scope.maxRenderedBytes) bytes; hand large data on by file"
            throw TemplateError(template: reference.source, message: message)
        }
        return value
    }
}
