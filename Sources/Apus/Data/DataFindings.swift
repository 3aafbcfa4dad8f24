internal import Platform

/// Describes the issues of a dataset in sentences: what, how many, and what to do.
struct DataFindings {
    /// The ratio of the largest class to the smallest from which on imbalance is reported.
    static let notableImbalance = 3.0

    let splits: [DataReport.Split]
    let unreadable: Int
    let groups: [DataReport.DuplicateGroup]
    let wrongEndings: Int
    let classNames: [String]

    /// All issues, problems first.
    var all: [DataReport.Finding] {
        var findings: [DataReport.Finding] = []
        func add(
            _ kind: DataReport.Finding.Kind, _ count: Int, _ message: String,
            severity: DataReport.Finding.Severity = .problem
        ) {
            if count > 0 { findings.append(.init(severity: severity, kind: kind, count: count, message: message)) }
        }
        add(
            .unreadable, unreadable,
            "\(counted(unreadable, "image")) can't be read. Training skips \(unreadable == 1 ? "it" : "them")."
        )
        let leaks = groups.filter(\.isLeak)
        add(
            .leak, leaks.count,
            "Data leakage: \(counted(leaks.count, "image")) \(leaks.count == 1 ? "is" : "are") in more than one "
                + "split, as \(kinds(leaks)). Metrics on \(leaks.count == 1 ? "this image" : "these images") are too high."
        )
        let conflicts = groups.filter { $0.hasConflict && $0.kind == .exact }
        add(
            .conflict, conflicts.count,
            "\(counted(conflicts.count, "image")) \(conflicts.count == 1 ? "has" : "have") duplicates with different labels. "
                + "Keep the correct one.")
        for split in splits where !split.missingClasses.isEmpty {
            let count = split.missingClasses.count
            let names = split.missingClasses.prefix(5).joined(separator: ", ") + (count > 5 ? ", …" : "")
            add(
                .missingClass, count,
                "\(count == 1 ? "1 class has" : "\(count) classes have") no image"
                    + (split.name == "all" ? "" : " in \(split.name)") + ": \(names).")
        }
        let copies = groups.filter { $0.kind == .exact && !$0.isLeak && !$0.hasConflict }
        add(
            .duplicate, copies.count,
            "\(counted(copies.count, "image")) \(copies.count == 1 ? "has" : "have") exact duplicates. "
                + "\(copies.count == 1 ? "It has" : "They have") more weight in training than the others.")
        let nearConflicts = groups.filter { $0.kind == .near && $0.hasConflict && !$0.isLeak }
        add(
            .conflict, nearConflicts.count,
            "\(counted(nearConflicts.count, "group")) of similar images \(nearConflicts.count == 1 ? "has" : "have") "
                + "different labels. Check them.", severity: .warning)
        let near = groups.filter { $0.kind == .near && !$0.isLeak && !$0.hasConflict }
        add(
            .nearDuplicate, near.count,
            "There \(near.count == 1 ? "is" : "are") \(counted(near.count, "group")) of similar images. A random split may "
                + "separate them; a group pattern keeps them together.", severity: .warning)
        for split in splits where split.imbalance >= Self.notableImbalance {
            let name = split.name == "all" ? "" : " in \(split.name)"
            add(
                .imbalance, 1,
                "The largest class\(name) has \((split.imbalance * 10).rounded() / 10) times as many images as the smallest. "
                    + "Class weights or weighted sampling compensate for it.", severity: .warning)
        }
        add(
            .wrongEnding, wrongEndings,
            "\(counted(wrongEndings, "file")) \(wrongEndings == 1 ? "has the extension" : "have the extensions") of another format. "
                + "Files are read by their content.", severity: .warning)
        let similar = similarNames
        let listed = similar.prefix(5).map(Self.listed).joined(separator: "; ")
        add(
            .similarNames, similar.count,
            "\(counted(similar.count, "group")) of classes \(similar.count == 1 ? "has" : "have") names that differ only in "
                + "case, Unicode normalization or spaces: \(listed)\(similar.count > 5 ? "; …" : ""). They are different "
                + "classes. Merge them if they mean the same.", severity: .warning)
        return findings.filter { $0.severity == .problem } + findings.filter { $0.severity == .warning }
    }

    /// The groups of classes with similar names, in the order of the first class of each group.
    private var similarNames: [[String]] {
        var groups: [[String]] = []
        // Strings are equal in all normalization forms.
        var places: [String: Int] = [:]
        for name in classNames {
            let plain = Self.plain(name)
            if let place = places[plain] {
                groups[place].append(name)
            } else {
                places[plain] = groups.count
                groups.append([name])
            }
        }
        return groups.filter { $0.count > 1 }
    }

    /// Returns a name in lower case, with single spaces, and without ligatures and full-width letters.
    private static func plain(_ name: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0xFF01...0xFF5E: scalars += Unicode.Scalar(scalar.value - 0xFEE0).map { [$0] } ?? []
            case 0xFB00...0xFB06:
                scalars += ["ff", "fi", "fl", "ffi", "ffl", "st", "st"][Int(scalar.value) - 0xFB00].unicodeScalars
            default: scalars.append(scalar)
            }
        }
        return String(scalars).lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Returns the names of a group, with a note if they differ only in how their letters are encoded.
    private static func listed(_ names: [String]) -> String {
        names.map { name in
            let isDecomposed = names.contains {
                $0 == name && $0.unicodeScalars.count < name.unicodeScalars.count
            }
            return "\"\(name)\"" + (isDecomposed ? " (decomposed)" : "")
        }.joined(separator: " and ")
    }

    private func kinds(_ groups: [DataReport.DuplicateGroup]) -> String {
        let exact = groups.count { $0.kind == .exact }
        let near = groups.count - exact
        return [
            exact > 0 ? "the same file (\(exact))" : nil, near > 0 ? "a similar image (\(near))" : nil,
        ]
        .compactMap(\.self).joined(separator: " or ")
    }
}
