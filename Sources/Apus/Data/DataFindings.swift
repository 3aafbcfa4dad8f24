internal import Foundation
internal import Platform

/// Turns what was found into sentences: what it is, how often, and what to do.
struct DataFindings {
    /// From this ratio of the largest class to the smallest on, imbalance is told.
    static let notableImbalance = 3.0

    let splits: [DataReport.Split]
    let unreadable: Int
    let groups: [DataReport.DuplicateGroup]
    let wrongEndings: Int
    let classNames: [String]

    /// Problems first.
    var all: [DataReport.Finding] {
        var findings: [DataReport.Finding] = []
        func tell(
            _ kind: DataReport.Finding.Kind, _ count: Int, _ message: String,
            severity: DataReport.Finding.Severity = .problem
        ) {
            if count > 0 { findings.append(.init(severity: severity, kind: kind, count: count, message: message)) }
        }
        tell(
            .unreadable, unreadable,
            "\(counted(unreadable, "picture")) can't be read. Training would leave \(unreadable == 1 ? "it" : "them") out."
        )
        let leaks = groups.filter(\.isLeak)
        tell(
            .leak, leaks.count,
            "\(counted(leaks.count, "picture")) \(leaks.count == 1 ? "lies" : "lie") in more than one part of the data, as "
                + "\(kinds(leaks)). What is measured on \(leaks.count == 1 ? "it" : "them") was learnt by heart.")
        let conflicts = groups.filter { $0.hasConflict && $0.kind == .exact }
        tell(
            .conflict, conflicts.count,
            "\(counted(conflicts.count, "picture")) \(conflicts.count == 1 ? "is" : "are") there under different labels. "
                + "Keep the right one.")
        for split in splits where !split.missingClasses.isEmpty {
            let count = split.missingClasses.count
            let names = split.missingClasses.prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
            tell(
                .missingClass, count,
                "\(count == 1 ? "1 class has" : "\(count) classes have") no picture"
                    + (split.name == "all" ? "" : " in \(split.name)") + ": \(names).")
        }
        let copies = groups.filter { $0.kind == .exact && !$0.isLeak && !$0.hasConflict }
        tell(
            .duplicate, copies.count,
            "\(counted(copies.count, "picture")) \(copies.count == 1 ? "is" : "are") there more than once, byte for byte. "
                + "\(copies.count == 1 ? "It weighs" : "They weigh") more in training than the others.")
        let nearConflicts = groups.filter { $0.kind == .near && $0.hasConflict && !$0.isLeak }
        tell(
            .conflict, nearConflicts.count,
            "\(counted(nearConflicts.count, "group")) of pictures \(nearConflicts.count == 1 ? "looks" : "look") the same and "
                + "have different labels. Look at them.", severity: .remark)
        let near = groups.filter { $0.kind == .near && !$0.isLeak && !$0.hasConflict }
        tell(
            .nearDuplicate, near.count,
            "\(counted(near.count, "group")) of pictures \(near.count == 1 ? "looks" : "look") the same. A random split may "
                + "put them on both sides; a group pattern keeps them together.", severity: .remark)
        for split in splits where split.imbalance >= Self.notableImbalance {
            let name = split.name == "all" ? "" : " in \(split.name)"
            tell(
                .imbalance, 1,
                "the largest class\(name) has \((split.imbalance * 10).rounded() / 10) times as many pictures as the smallest. "
                    + "Class weights or weighted drawing make up for it.", severity: .remark)
        }
        tell(
            .wrongEnding, wrongEndings,
            "\(counted(wrongEndings, "file")) \(wrongEndings == 1 ? "has the ending" : "have the endings") of another format. "
                + "Files are read by their content.", severity: .remark)
        let similar = similarNames
        let listed = similar.prefix(5).map { $0.map(Self.quoted).joined(separator: " and ") }.joined(separator: "; ")
        tell(
            .similarNames, similar.count,
            "\(counted(similar.count, "group")) of classes \(similar.count == 1 ? "has" : "have") names that differ only by "
                + "case, Unicode normalization or blanks: \(listed)\(similar.count > 5 ? "; …" : ""). They are different "
                + "classes; merge them if they mean the same.", severity: .remark)
        return findings.filter { $0.severity == .problem } + findings.filter { $0.severity == .remark }
    }

    /// The classes whose names look alike, in the order of the first of each group.
    private var similarNames: [[String]] {
        var groups: [[String]] = []
        var places: [[UInt8]: Int] = [:]
        for name in classNames {
            // Compatibility forms make letters of full width and ligatures the same too.
            let plain = name.precomposedStringWithCompatibilityMapping.lowercased()
                .precomposedStringWithCanonicalMapping
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if let place = places[Array(plain.utf8)] {
                groups[place].append(name)
            } else {
                places[Array(plain.utf8)] = groups.count
                groups.append([name])
            }
        }
        return groups.filter { $0.count > 1 }
    }

    /// The name in quotation marks; letters that are put together of several, as "e" and an accent, by number.
    private static func quoted(_ name: String) -> String {
        let isComposed = name.utf8.elementsEqual(name.precomposedStringWithCanonicalMapping.utf8)
        return "\"\(name)\"" + (isComposed ? "" : " (decomposed)")
    }

    private func kinds(_ groups: [DataReport.DuplicateGroup]) -> String {
        let exact = groups.count { $0.kind == .exact }
        let near = groups.count - exact
        return [exact > 0 ? "the same file (\(exact))" : nil, near > 0 ? "one that looks the same (\(near))" : nil]
            .compactMap(\.self).joined(separator: " or ")
    }
}
