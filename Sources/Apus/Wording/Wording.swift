internal import Foundation

extension Double {
    /// For a loss or a rate: three digits that count.
    var short: String { String(format: "%.3g", self) }

    /// For a share: `85 %`, and a digit more near the ends.
    var percent: String {
        let value = self * 100
        return String(format: value > 0 && value < 10 || value > 90 && value < 100 ? "%.1f %%" : "%.0f %%", value)
    }

    /// For a difference of shares: `11 points`, below ten with a digit more.
    var points: String {
        let value = abs(self) * 100
        return String(format: value < 10 ? "%.1f points" : "%.0f points", value)
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', 'c' and 12 more`.
func enumerated(_ names: [String], atMost limit: Int = 5) -> String {
    let quoted = names.map { "'\($0)'" }
    guard names.count > limit else {
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " and " + last
    }
    return quoted.prefix(limit - 1).joined(separator: ", ") + " and \(names.count - limit + 1) more"
}

/// Two losses that differ, with as many digits as show it: three, or more.
func told(_ left: Double, _ right: Double) -> (String, String) {
    let texts = (3...8).map { (String(format: "%.\($0)g", left), String(format: "%.\($0)g", right)) }
    return texts.first { $0.0 != $0.1 } ?? (left.short, right.short)
}
