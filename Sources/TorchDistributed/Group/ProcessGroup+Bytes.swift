internal import TorchNN

extension ProcessGroup {
    /// The bytes of all ranks, of any lengths.
    public func allGather(bytes: [UInt8]) throws(DistributedError) -> [[UInt8]] {
        var lengths: [Int] = []
        for length in try allGather(values { try Tensor([Int64(bytes.count)]) }) {
            lengths.append(try values { Int(try length.item(as: Int64.self)) })
        }
        let longest = lengths.max() ?? 0
        guard longest > 0 else { return lengths.map { _ in [] } }
        // Tensors of all ranks have the same shape.
        let padded = bytes + [UInt8](repeating: 0, count: longest - bytes.count)
        let gathered = try allGather(values { try Tensor(padded) })
        var result: [[UInt8]] = []
        for (tensor, length) in zip(gathered, lengths) {
            result.append(try values { Array(try tensor.array(as: UInt8.self).prefix(length)) })
        }
        return result
    }

    /// The bytes of one rank. Those of the others are not used, and may be nil.
    public func broadcast(bytes: [UInt8]?, from rank: Int = 0) throws(DistributedError) -> [UInt8] {
        let own = self.rank == rank ? bytes ?? [] : []
        let length = try values { try Tensor([Int64(own.count)]) }
        try broadcast([length], from: rank)
        let count = try values { Int(try length.item(as: Int64.self)) }
        guard count > 0 else { return [] }
        let data = try values { try Tensor(self.rank == rank ? own : [UInt8](repeating: 0, count: count)) }
        try broadcast([data], from: rank)
        return try values { try data.array(as: UInt8.self) }
    }

    private func values<Result>(_ body: () throws -> Result) throws(DistributedError) -> Result {
        do { return try body() } catch { throw DistributedError(.collective, "\(error)", rank: self.rank) }
    }
}
