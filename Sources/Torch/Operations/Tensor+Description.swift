internal import Checkpoints
internal import Platform

extension Tensor: CustomStringConvertible {
    /// The elements as PyTorch prints them, with shape, element type and device. For more than 1000 elements, the first
    /// and last three of each dimension are shown.
    ///
    ///     tensor([[ 1.0000, -0.5000],
    ///             [ 0.2500,  3.0000]], shape: [2, 2], dtype: float32, device: cpu)
    public var description: String {
        let facts = "shape: \(shape), dtype: \(dtype.name), device: \(device))"
        // Printing is not visible to observers or gradients.
        let elements = Observation.$current.withValue(nil) {
            withoutGradient { device.kind == .meta ? "..." : (try? PrintedTensor(self).body) ?? "..." }
        }
        let lastLine = elements.reversed().prefix { $0 != "\n" }.count + (elements.contains("\n") ? 0 : 7)
        let separator = lastLine + 2 + facts.count > PrintedTensor.lineWidth ? ",\n       " : ", "
        return "tensor(\(elements)\(separator)\(facts)"
    }
}

/// The elements of a tensor as text, following the rules of `torch/_tensor_str.py`.
private struct PrintedTensor {
    static let lineWidth = 80
    private static let edge = 3

    private let shape: [Int]
    private let isShortened: Bool
    /// The elements that are shown, padded to one width.
    private let elements: [String]

    init(_ tensor: Tensor) throws {
        shape = tensor.shape
        isShortened = tensor.count > 1000
        let shown = try isShortened ? Self.shortened(tensor.detach()) : tensor
        let texts =
            if tensor.dtype.isFloatingPoint {
                Self.texts(of: try shown.array(as: Double.self))
            } else if tensor.dtype == .bool {
                try shown.array(as: Bool.self).map(\.description)
            } else {
                try shown.array(as: Int.self).map(\.description)
            }
        let width = texts.map(\.count).max() ?? 0
        elements = texts.map { String(repeating: " ", count: width - $0.count) + $0 }
    }

    /// The first and last elements of each dimension.
    private static func shortened(_ tensor: Tensor) throws -> Tensor {
        try (0..<tensor.rank).reduce(tensor) { part, dim in
            let size = part.shape[dim]
            guard size > 2 * edge else { return part }
            return try Tensor.cat(
                [
                    part.narrow(dim: dim, from: 0, length: edge),
                    part.narrow(dim: dim, from: size - edge, length: edge),
                ], dim: dim)
        }
    }

    /// Numbers with four decimals, as integers if all are integers, or with exponents if their magnitudes differ much.
    private static func texts(of numbers: [Double]) -> [String] {
        let sizes = numbers.filter { $0.isFinite && $0 != 0 }.map(\.magnitude)
        let (least, greatest) = (sizes.min() ?? 1, sizes.max() ?? 1)
        if greatest / least > 1000 || greatest > 1e8 || least < 1e-4 {
            return numbers.map { digits(of: $0, "%.4e") }
        }
        let format = sizes.allSatisfy { $0 == $0.rounded() } ? "%.0f." : "%.4f"
        return numbers.map { digits(of: $0, format) }
    }

    private static func digits(of number: Double, _ format: String) -> String {
        if number.isNaN { return "nan" }
        return number.isInfinite ? (number < 0 ? "-inf" : "inf") : String(printf: format, number)
    }

    /// The whole text, with brackets.
    var body: String {
        if elements.isEmpty { return "[]" }
        var rest = elements[...]
        return lines(dim: 0, indent: "tensor(".count, &rest)
    }

    /// The elements from dimension `dim` on, taken from the front of `rest`.
    private func lines(dim: Int, indent: Int, _ rest: inout ArraySlice<String>) -> String {
        guard dim < shape.count else { return String(rest.removeFirst().drop { $0 == " " }) }
        let isCut = isShortened && shape[dim] > 2 * Self.edge
        let count = isCut ? 2 * Self.edge : shape[dim]
        let margin = "\n" + String(repeating: " ", count: indent + 1)
        guard dim == shape.count - 1 else {
            var parts = (0..<count).map { _ in lines(dim: dim + 1, indent: indent + 1, &rest) }
            if isCut { parts.insert("...", at: Self.edge) }
            let gap = String(repeating: "\n", count: shape.count - dim - 2) + margin
            return "[" + parts.joined(separator: "," + gap) + "]"
        }
        let width = (rest.first?.count ?? 0) + 2
        var row = Array(rest.prefix(count))
        rest.removeFirst(count)
        if isCut { row.insert(" ...", at: Self.edge) }
        let perLine = Swift.max(1, (Self.lineWidth - indent) / width)
        let rows = stride(from: 0, to: row.count, by: perLine).map {
            row[$0..<Swift.min($0 + perLine, row.count)].joined(separator: ", ")
        }
        return "[" + rows.joined(separator: "," + margin) + "]"
    }
}
