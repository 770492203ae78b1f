extension Value {
    /// This value with all templates in its strings filled in; the keys of objects are left alone.
    /// - Parameters:
    ///   - scope: what templates can name.
    ///   - path: what this value is called in errors.
    /// - Throws: `TemplateError` with the path of the first string (keys in alphabetical order) that cannot be rendered.
    public func rendered(in scope: TemplateScope, path: ValuePath = ValuePath("params")) throws(TemplateError) -> Value {
        guard hasTemplates else { return self }
        var budget = scope.maxRenderedBytes
        return try rendered(in: scope, path, &budget)
    }

    private func rendered(in scope: TemplateScope, _ path: ValuePath, _ budget: inout Int) throws(TemplateError) -> Value {
        switch self {
        case .string(let text) where Template.isPresent(in: text):
            do throws(TemplateError) {
                return try Template(text).rendered(in: scope, budget: &budget)
            } catch {
                throw error.at(path)
            }
        case .array(var elements):
            for index in elements.indices {
                elements[index] = try elements[index].rendered(in: scope, path.appending(index: index), &budget)
            }
            return .array(elements)
        case .object(var members):
            for key in members.keys.sorted() {
                members[key] = try members[key]?.rendered(in: scope, path.appending(key: key), &budget)
            }
            return .object(members)
        default: return self
        }
    }

    private var hasTemplates: Bool {
        switch self {
        case .string(let text): Template.isPresent(in: text)
        case .array(let elements): elements.contains(where: \.hasTemplates)
        case .object(let members): members.values.contains(where: \.hasTemplates)
        default: false
        }
    }

    /// All templates in the strings of this value, with their places, and what is wrong with those that cannot be read. Keys in
    /// alphabetical order.
    public func templateReferences(path: ValuePath = ValuePath("params")) -> TemplateScan {
        var scan = TemplateScan()
        if hasTemplates { collect(path, &scan) }
        return scan
    }

    private func collect(_ path: ValuePath, _ scan: inout TemplateScan) {
        switch self {
        case .string(let text) where Template.isPresent(in: text):
            do throws(TemplateError) {
                scan.uses += try Template(text).references.map { TemplateScan.Use(path: path, reference: $0) }
            } catch {
                scan.failures.append(TemplateScan.Failure(path: path, error: error.at(path)))
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { element.collect(path.appending(index: index), &scan) }
        case .object(let members):
            for key in members.keys.sorted() { members[key]?.collect(path.appending(key: key), &scan) }
        default: break
        }
    }
}
