@testable import Workflow

/// docs/dag.schema.json: what editors need to complete and check definitions (JSON Schema 2020-12), made of the same table as the readers.
enum DagSchema {
    static var document: Value {
        var definitions: [String: Value] = [:]
        for group in DagKeys.groups { definitions[group.name.rawValue] = schema(group) }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A DAG of Swiftflow", "$ref": "#/$defs/DAG",
            "$defs": .object(definitions),
        ]
    }

    private static func schema(_ group: DagKeyGroup) -> Value {
        var properties: [String: Value] = [:]
        for key in group.keys {
            var schema = key.type.schema
            schema["description"] = .string(key.meaning + (key.isRequired ? "" : " Default: \(key.standard)."))
            properties[key.name] = .object(schema)
        }
        var schema: [String: Value] = [
            "type": "object", "additionalProperties": false, "properties": .object(properties), "description": .string(group.introduction),
        ]
        let required = group.keys.filter(\.isRequired).map { Value.string($0.name) }
        if !required.isEmpty { schema["required"] = .array(required) }
        if group.name == .task { schema["oneOf"] = [["required": ["actionName"]], ["required": ["action"]]] }
        return .object(schema)
    }
}

extension DagKeyType {
    private static let text: Value = ["type": ["string", "number", "boolean"]]
    private static let timeText: Value = ["type": "string", "pattern": #"^ *([0-9.]+ *(ms|s|m|h|d) *)+$|^ *[0-9.]+ *$"#]

    fileprivate var schema: [String: Value] {
        switch self {
        case .text: ["type": ["string", "number", "boolean"]]
        case .bool: ["type": "boolean"]
        case .choice(let words): ["enum": .array(words.map(Value.string))]
        case .integer(let range): Self.integer(range)
        case .number(let range): ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .seconds(let range): ["anyOf": [.object(Self.integer(range)), Self.timeText]]
        case .time(let range): ["anyOf": [["type": "number", "minimum": .double(range.lowerBound)], Self.timeText]]
        case .texts: ["anyOf": [Self.text, ["type": "array", "items": Self.text]]]
        case .labels: ["type": "object", "additionalProperties": Self.text]
        case .any: [:]
        case .members: ["type": "object"]
        case .items: ["type": ["array", "string"]]
        case .when:
            [
                "anyOf": [
                    ["type": "string"], Self.reference(.condition),
                    ["type": "array", "minItems": 1, "items": ["anyOf": [["type": "string"], Self.reference(.condition)]]],
                ]
            ]
        case .object(let name): ["$ref": .string("#/$defs/\(name.rawValue)")]
        case .list(let name): ["type": "array", "items": Self.reference(name)]
        // A variable without anything is written as nothing.
        case .map(let name): ["type": "object", "additionalProperties": ["anyOf": [Self.reference(name), ["type": "null"]]]]
        case .itemsOr(let name): ["anyOf": [["type": ["array", "string"]], Self.reference(name)]]
        }
    }

    private static func integer(_ range: ClosedRange<Int>) -> [String: Value] {
        ["type": "integer", "minimum": .int(Int64(range.lowerBound)), "maximum": .int(Int64(range.upperBound))]
    }

    private static func reference(_ name: DagKeyGroup.Name) -> Value { ["$ref": .string("#/$defs/\(name.rawValue)")] }
}
