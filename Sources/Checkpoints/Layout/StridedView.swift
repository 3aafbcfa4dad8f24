/// The location of a tensor's elements in a storage. All values count elements.
package struct StridedView: Hashable, Sendable {
    package let offset: Int
    package let shape: [Int]
    package let strides: [Int]
    /// The number of elements of the tensor.
    package let count: Int

    /// PyTorch's limit.
    static let maximumRank = 64

    /// Creates a view after checking that its elements are within `capacity` elements.
    init(offset: Int, shape: [Int], strides: [Int], capacity: Int) throws(CheckpointFault) {
        guard shape.count == strides.count, shape.count <= Self.maximumRank else {
            throw .damaged("a tensor has \(shape.count) sizes and \(strides.count) strides")
        }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
            throw .damaged("a tensor has a negative size: shape \(shape), strides \(strides), offset \(offset)")
        }
        guard let count = Self.elementCount(of: shape) else {
            throw .damaged("a tensor has an impossible shape: \(shape)")
        }
        if count > 0 {
            var last = offset
            for (size, stride) in zip(shape, strides) {
                let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
                let (sum, carry) = last.addingReportingOverflow(reach)
                guard !overflow, !carry else {
                    throw .damaged("a tensor has impossible strides: shape \(shape), strides \(strides)")
                }
                last = sum
            }
            guard last < capacity else {
                throw .damaged(
                    "a tensor of shape \(shape), strides \(strides) and offset \(offset) reaches beyond its storage of"
                        + " \(capacity) elements")
            }
        }
        self.offset = offset
        self.shape = shape
        self.strides = strides
        self.count = count
    }

    /// The product of the sizes; nil if it exceeds any memory.
    static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        for size in shape where size != 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            // Elements have up to 8 bytes, so their number must leave room for that.
            guard !overflow, product <= Int.max / 16 else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }

    /// The strides of a tensor with contiguous elements in row-major order.
    package static func contiguousStrides(of shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for dimension in shape.indices.reversed().dropFirst() {
            // PyTorch counts an empty dimension as one.
            strides[dimension] = strides[dimension + 1] &* max(shape[dimension + 1], 1)
        }
        return strides
    }

    /// Whether the elements are contiguous. Strides of dimensions of size 1 do not matter.
    package var isContiguous: Bool {
        guard count > 0 else { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }
}

/// A text as a key that compares bytes. Swift's `String` treats composed and decomposed "é" as equal; files do not.
package struct ExactString: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
