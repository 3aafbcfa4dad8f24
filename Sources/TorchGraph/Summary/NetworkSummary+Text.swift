extension NetworkSummary: CustomStringConvertible {
    /// The table with layers up to depth 3.
    public var description: String { text() }

    /// The layers as a table with totals.
    ///
    /// As in torchinfo, the values of a layer are shown once: with its inner layers if those are shown. Values of
    /// frozen layers are in parentheses.
    ///
    /// - Parameters:
    ///   - depth: The maximum depth of the shown layers; nil for all.
    ///   - width: The available columns; longer names are truncated. Nil for no limit.
    public func text(depth: Int? = 3, width: Int? = nil) -> String {
        let limit = depth ?? .max
        let shown = layers.filter { $0.depth <= limit }
        var rows = [["layer", "output", "parameters", "mult-adds"]]
        for (index, layer) in shown.enumerated() {
            let within = shown[(index + 1)...].prefix { $0.depth > layer.depth }.filter { $0.depth == layer.depth + 1 }
            let parameters = within.reduce(layer.parameters) { $0 - $1.parameters }
            let multiplyAdds = within.reduce(layer.multiplyAdds) { $0 - $1.multiplyAdds }
            let isFrozen = layer.trainableParameters == 0
            rows.append([
                branch(index, shown) + label(index, shown),
                layer.outputShape.map { "\($0)" } ?? "-",
                parameters == 0 ? "" : isFrozen ? "(\(grouped(parameters)))" : grouped(parameters),
                multiplyAdds == 0 ? "" : scaled(multiplyAdds),
            ])
        }
        if let width { cutNames(in: &rows, toFit: width) }
        return columns(rows) + "\n\n" + totals(hidden: layers.count - shown.count)
    }

    /// The layer's name within its parent, and its type.
    private func label(_ index: Int, _ shown: [Layer]) -> String {
        let layer = shown[index]
        guard layer.depth > 0 else { return layer.type }
        let above = shown[..<index].last { $0.depth == layer.depth - 1 }?.name ?? ""
        return "\(layer.name.dropFirst(above.isEmpty ? 0 : above.count + 1)) (\(layer.type))"
    }

    /// The lines of the tree before a layer.
    private func branch(_ index: Int, _ shown: [Layer]) -> String {
        let layer = shown[index]
        guard layer.depth > 0 else { return "" }
        return (1...layer.depth).map { depth in
            let next = shown[(index + 1)...].first { $0.depth <= depth }
            let continues = next?.depth == depth
            return depth < layer.depth ? (continues ? "│  " : "   ") : (continues ? "├─ " : "└─ ")
        }.joined()
    }

    /// Truncates the names so that the table fits, but keeps a few letters.
    private func cutNames(in rows: inout [[String]], toFit width: Int) {
        let others = (1..<4).reduce(0) { sum, column in sum + 2 + (rows.map { $0[column].count }.max() ?? 0) }
        let limit = max(width - others, 16)
        for index in rows.indices where rows[index][0].count > limit {
            rows[index][0] = rows[index][0].prefix(limit - 1) + "…"
        }
    }

    private func columns(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : "  ") + (column < 2 ? cell + space : space + cell)
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
        return lines.joined(separator: "\n")
    }

    private func totals(hidden: Int) -> String {
        let frozen = parameters - trainableParameters
        let trainable =
            frozen == 0 ? "all trainable" : "\(grouped(trainableParameters)) trainable, \(grouped(frozen)) frozen"
        var lines = [
            "input       \(inputShape.map(String.init).joined(separator: " x ")), one image",
            "parameters  \(grouped(parameters)), \(trainable)",
            "mult-adds   \(scaled(multiplyAdds))",
            "memory      \(megabytes(inputBytes)) input + \(megabytes(activationBytes)) forward pass + "
                + "\(megabytes(parameterBytes)) parameters = \(megabytes(totalBytes))",
        ]
        if hidden > 0 { lines.append("\(grouped(hidden)) deeper layers are included in their parent layers.") }
        return lines.joined(separator: "\n")
    }
}

/// A number with commas between thousands.
private func grouped(_ number: Int) -> String {
    let digits = String(number)
    return String(
        digits.enumerated().flatMap { index, digit in
            index > 0 && (digits.count - index).isMultiple(of: 3) ? [",", digit] : [digit]
        })
}

/// `1.81 G`, `118.01 M`, `2.57 k`.
private func scaled(_ number: Int) -> String {
    let scale: (factor: Int, unit: String) =
        switch number {
        case 1_000_000_000...: (1_000_000_000, " G")
        case 1_000_000...: (1_000_000, " M")
        case 1_000...: (1_000, " k")
        default: (1, "")
        }
    return scale.factor == 1 ? "\(number)" : fixed(Double(number) / Double(scale.factor), digits: 2) + scale.unit
}

/// Megabytes.
private func megabytes(_ bytes: Int) -> String { fixed(Double(bytes) / 1e6, digits: 1) + " MB" }

private func fixed(_ number: Double, digits: Int) -> String {
    let factor = (0..<digits).reduce(1) { scale, _ in scale * 10 }
    let whole = Int((number * Double(factor)).rounded())
    let rest = String(whole % factor)
    return grouped(whole / factor) + "." + String(repeating: "0", count: digits - rest.count) + rest
}
