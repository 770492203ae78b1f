/// Values from the bytes of one field.
extension CSVRecord {
    /// A whole number in decimal digits; `nil` for anything else, and when it does not fit.
    func integer<Number: FixedWidthInteger>(_ field: Int, as type: Number.Type) -> Number? {
        let bytes = self.field(field)
        var position = 0
        let end = bytes.count
        guard position < end else { return nil }
        let isNegative = bytes[position] == 0x2D
        if isNegative || bytes[position] == 0x2B { position += 1 }
        guard position < end else { return nil }
        var value: Number = 0
        while position < end {
            let digit = bytes[position] &- 0x30
            guard digit < 10 else { return nil }
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let next = isNegative ? tenfold.subtractingReportingOverflow(Number(digit)) : tenfold.addingReportingOverflow(Number(digit))
            guard !overflow, !next.overflow else { return nil }
            value = next.partialValue
            position += 1
        }
        return value
    }

    func double(_ field: Int) -> Double? {
        if let whole = integer(field, as: Int32.self), whole != 0 { return Double(whole) }
        return text(field).flatMap { Double($0) }
    }

    func bool(_ field: Int) -> Bool? {
        switch text(field)?.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }
}
