extension [UInt8] {
    /// The little-endian 32-bit integer at `offset`.
    func int32(at offset: Int) -> Int32 {
        Int32(bitPattern: littleEndian(at: offset, as: UInt32.self))
    }

    /// The little-endian 64-bit integer at `offset`.
    func int64(at offset: Int) -> Int64 {
        Int64(bitPattern: uint64(at: offset))
    }

    /// The little-endian unsigned 64-bit integer at `offset`.
    func uint64(at offset: Int) -> UInt64 {
        littleEndian(at: offset, as: UInt64.self)
    }

    private func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        T(littleEndian: withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) })
    }

    /// Appends an integer in little-endian order.
    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Overwrites the 32 bits at `offset`.
    mutating func patch(_ value: Int32, at offset: Int) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Int32.self) }
    }
}
