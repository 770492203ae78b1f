extension JSONDraft {
    /// Appends the whole value; the fields of every object in the order of their keys' UTF-8. Of fields with the same key the last one counts.
    func write(to output: GrowingBuffer<UInt8>) {
        write(0, to: output)
    }

    private func write(_ node: Int, to output: GrowingBuffer<UInt8>) {
        switch nodes[node].kind {
        case .scalar: output.append(text(nodes[node].text))
        case .array: writeArray(node, to: output)
        case .object: writeObject(node, to: output)
        case .none, .dropped: output.append("{}")
        }
    }

    private func writeArray(_ node: Int, to output: GrowingBuffer<UInt8>) {
        output.append(JSONByte.leftBracket)
        var place = nodes[node].first
        var isFirst = true
        while place >= 0 {
            if nodes[place].kind != .dropped {
                if !isFirst { output.append(JSONByte.comma) }
                isFirst = false
                write(place, to: output)
            }
            place = nodes[place].next
        }
        output.append(JSONByte.rightBracket)
    }

    private func writeObject(_ node: Int, to output: GrowingBuffer<UInt8>) {
        output.append(JSONByte.leftBrace)
        let start = fields.count
        sortFields(of: node)
        let end = fields.count
        var isFirst = true
        for place in start..<end {
            let field = fields[place]
            // Of several with the same key only the last.
            if place + 1 < end, compare(field, fields[place + 1]) == 0 { continue }
            if !isFirst { output.append(JSONByte.comma) }
            isFirst = false
            output.appendJSON(text(nodes[field].key))
            output.append(JSONByte.colon)
            write(field, to: output)
        }
        fields.removeLast(end - start)
        output.append(JSONByte.rightBrace)
    }

    /// Appends an object's fields to ``fields``, in order.
    private func sortFields(of object: Int) {
        let start = fields.count
        var isSorted = true
        var place = nodes[object].first
        while place >= 0 {
            if nodes[place].kind != .dropped {
                if isSorted, fields.count > start { isSorted = compare(fields[fields.count - 1], place) <= 0 }
                fields.append(place)
            }
            place = nodes[place].next
        }
        guard !isSorted else { return }
        // Nodes are numbered in the order in which they were added, so that the last of several with one key can be told.
        var unsorted = UnsafeMutableBufferPointer(rebasing: fields.elements[start...])
        unsorted.sort { first, second in
            let order = compare(first, second)
            return order == 0 ? first < second : order < 0
        }
    }

    private func compare(_ first: Int, _ second: Int) -> Int {
        let first = text(nodes[first].key)
        let second = text(nodes[second].key)
        for offset in 0..<min(first.count, second.count) {
            let difference = Int(first[offset]) - Int(second[offset])
            if difference != 0 { return difference }
        }
        return first.count - second.count
    }
}
