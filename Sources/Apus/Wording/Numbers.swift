internal import Foundation

extension Int {
    /// With a comma between groups of three digits: `26,179`.
    package var grouped: String {
        let digits = String(magnitude)
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in
            digits.dropLast(digits.count - end).suffix(3)
        }
        return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }
}

extension Double {
    /// A share as percent with one digit always, so that a column of them lines up: `97.4 %`.
    package var columnPercent: String { String(format: "%.1f %%", self * 100) }

    /// With so many digits behind the point.
    func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

/// `1 picture`, `1,200 pictures`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count.grouped) \(noun)\(count == 1 ? "" : "s")" }

extension String {
    /// What stands behind the last slash of a path.
    var fileName: String { split(separator: "/").last.map(String.init) ?? self }
}
