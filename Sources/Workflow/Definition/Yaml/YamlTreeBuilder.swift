import Yams

/// Makes our tree from the parser's: bounded, merges resolved, keys checked.
struct YamlTreeBuilder {
    let log: ProblemLog
    let limits: DagLimits
    let renamed: [String: String]
    private var nodes = 0
    private var isOver = false

    init(log: ProblemLog, limits: DagLimits, renamed: [String: String]) {
        self.log = log
        self.limits = limits
        self.renamed = renamed
    }

    /// The tree, or `nil` if it is beyond a limit.
    mutating func build(_ root: Node) -> YamlNode? {
        let node = build(root, depth: 1)
        return isOver ? nil : node
    }

    private mutating func build(_ node: Node, depth: Int) -> YamlNode {
        let position = YamlPosition(node.mark)
        let empty = YamlNode(position: position, content: .scalar(YamlScalar(text: "", isText: false)))
        nodes += 1
        guard !isOver, isWithinLimits(position, depth) else { return empty }
        switch node {
        case .scalar(let scalar): return YamlNode(position: position, content: .scalar(read(scalar, position)))
        case .sequence(let sequence): return YamlNode(position: position, content: .list(sequence.map { build($0, depth: depth + 1) }))
        case .mapping(let mapping): return YamlNode(position: position, content: .object(members(of: mapping, depth)))
        case .alias: return empty
        }
    }

    private mutating func isWithinLimits(_ position: YamlPosition, _ depth: Int) -> Bool {
        if depth > limits.maxNesting {
            log.error(position, "lists and objects are nested deeper than \(limits.maxNesting) levels")
            isOver = true
        } else if nodes > limits.maxNodes {
            log.error(position, "the file has more than \(limits.maxNodes) values, counting what aliases repeat")
            isOver = true
        }
        return !isOver
    }

    /// Plain scalars keep their meaning open; tags decide it.
    private func read(_ scalar: Node.Scalar, _ position: YamlPosition) -> YamlScalar {
        switch scalar.tag.rawValue {
        case "", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return YamlScalar(text: scalar.string, isText: false)
        case "tag:yaml.org,2002:str", "!": return YamlScalar(text: scalar.string, isText: true)
        case let tag:
            log.error(position, "the YAML tag \(tag.quotedForMessage()) is not supported; leave it out")
            return YamlScalar(text: scalar.string, isText: true)
        }
    }

    // MARK: Objects

    private mutating func members(of mapping: Node.Mapping, _ depth: Int) -> [YamlNode.Member] {
        var members: [YamlNode.Member] = []
        var merged: [YamlNode.Member] = []
        var lines: [String: Int] = [:]
        for (keyNode, valueNode) in mapping {
            let position = YamlPosition(keyNode.mark)
            guard case .scalar(let scalar) = keyNode else {
                log.error(position, "a key must be a text; if this is a template, put quotes around it: \"{{name}}\"")
                continue
            }
            let value = build(valueNode, depth: depth + 1)
            let key = renamed[scalar.string] ?? scalar.string
            if key == "<<", scalar.style == .plain {
                merged += merge(value)
            } else if let line = lines.updateValue(position.line, forKey: key) {
                lines[key] = line
                log.error(position, "the key '\(key)' is given twice in one object, first in line \(line); keep one")
            } else {
                members.append(YamlNode.Member(key: key, keyPosition: position, value: value))
            }
        }
        for member in merged where lines.updateValue(0, forKey: member.key) == nil { members.append(member) }
        return members
    }

    /// What a merge key (`<<`, from YAML 1.1) brings in: the members of an object, or of several, of which the first that has a key gives
    /// it.
    private func merge(_ node: YamlNode) -> [YamlNode.Member] {
        switch node.content {
        case .object(let members): return members
        case .list(let elements): return elements.flatMap(merge)
        case .scalar:
            log.error(node.position, "'<<' merges objects, found \(node.found)")
            return []
        }
    }
}
