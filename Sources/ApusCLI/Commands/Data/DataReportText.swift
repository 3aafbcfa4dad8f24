internal import Apus
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// A report on a dataset as text: the contents, then the issues.
struct DataReportText {
    /// The number of classes shown; with more classes, the number of the largest and of the smallest shown.
    private static let shownClasses = (all: 24, each: 8)
    /// The number of examples shown for an issue.
    private static let shownExamples = 6
    /// The number of images shown for a group.
    private static let shownMembers = 4
    /// The number of formats and of modes shown.
    private static let shownModes = 8

    private let report: DataReport
    private let width: Int

    /// - Parameter width: the columns of the terminal.
    init(_ report: DataReport, width: Int) {
        self.report = report
        self.width = max(40, min(width, 100))
    }

    /// The report.
    var text: String {
        [heading, classes, sizes, files].compactMap(\.self).joined(separator: "\n\n") + "\n\n" + findings
    }

    private var heading: String {
        var words =
            "\(report.path): \(counted(report.images, "image")), \(report.classes.count.grouped) "
            + "class\(report.classes.count == 1 ? "" : "es"), \(report.layout.words)"
        if report.isMultiLabel { words += ", multi-label" }
        return wrapped(words, indent: "")
    }

    // MARK: Contents

    private var classes: String {
        let isSplit = report.splits.count > 1
        var table = Table(
            [("class", .left)] + report.splits.map { ($0.name == "all" ? "images" : $0.name, .right) }
                + (isSplit ? [("total", .right)] : []) + [("", .left)])
        let order = report.classes.indices.sorted { (report.classes[$1].total, $0) < (report.classes[$0].total, $1) }
        let isShortened = order.count > Self.shownClasses.all
        let largest = report.classes.map(\.total).max() ?? 0
        let each = Self.shownClasses.each
        let shown = isShortened ? order.prefix(each) + order.suffix(each) : order[...]
        let nameWidth = min(max(shown.map { report.classes[$0].name.printable.count }.max() ?? 0, 6), 28)
        let barWidth = min(30, width - nameWidth - 10 * (report.splits.count + (isSplit ? 1 : 0)) - 2)
        func add(_ entry: DataReport.ClassCount) {
            let fraction = largest > 0 ? Double(entry.total) / Double(largest) : 0
            table.add(
                [entry.name.printable.shortened(to: nameWidth)] + entry.counts.map(\.grouped)
                    + (isSplit ? [entry.total.grouped] : []) + [bar(fraction, width: barWidth)])
        }
        if isShortened {
            order.prefix(each).forEach { add(report.classes[$0]) }
            let between = order.count - 2 * each
            table.add(["… \(between.grouped) more"] + report.splits.map { _ in "" } + (isSplit ? [""] : []) + [""])
            order.suffix(each).forEach { add(report.classes[$0]) }
        } else {
            report.classes.forEach(add)
        }
        if report.classes.count > 1 {
            table.add(
                ["total"] + report.splits.map(\.images.grouped) + (isSplit ? [report.images.grouped] : []) + [""])
        }
        // The column of bars has no header line.
        var lines = table.text.split(separator: "\n").map(String.init)
        lines[1] = lines[1].split(separator: " ").prefix(report.splits.count + (isSplit ? 2 : 1)).joined(
            separator: "  ")
        return lines.joined(separator: "\n")
    }

    private func bar(_ fraction: Double, width: Int) -> String {
        guard width >= 8 else { return "" }
        return String(repeating: "█", count: fraction > 0 ? max(1, Int((fraction * Double(width)).rounded())) : 0)
    }

    private var sizes: String? {
        guard let sizes = report.sizes else { return nil }
        var table = Table([("pixels", .left), ("min", .right), ("median", .right), ("max", .right)])
        for (name, range) in [("width", sizes.width), ("height", sizes.height)] {
            table.add([name] + [range.minimum, range.median, range.maximum].map { Int($0.rounded()).grouped })
        }
        let aspect = sizes.aspect
        table.add(
            ["aspect ratio"]
                + [aspect.minimum, aspect.median, aspect.maximum].map { String(printf: $0 < 10 ? "%.2f" : "%.0f", $0) })
        return table.text
    }

    private var files: String? {
        let rows = [("formats", report.formats), ("modes", report.modes)].filter { !$0.1.isEmpty }
        guard !rows.isEmpty else { return nil }
        return rows.map { name, tallies in
            let rest = tallies.count - Self.shownModes
            let words =
                tallies.prefix(Self.shownModes).map { "\($0.name) \($0.count.grouped)" }.joined(separator: " · ")
                + (rest > 0 ? " · \(rest) more" : "")
            return wrapped(words, first: name + String(repeating: " ", count: 9 - name.count), indent: "         ")
        }.joined(separator: "\n")
    }

    // MARK: Issues

    private var findings: String {
        let parts = report.findings.map { finding in
            let sign = finding.severity == .problem ? "✗ " : "! "
            return ([wrapped(sign + finding.message, indent: "  ")] + examples(of: finding)).joined(separator: "\n")
        }
        let problems = report.findings.count { $0.severity == .problem }
        let warnings = report.findings.count - problems
        let found = [(problems, "problem"), (warnings, "warning")].filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
        let end = found.isEmpty ? "✓ No issues." : found.joined(separator: ", ") + "."
        return (parts + [end]).joined(separator: "\n\n")
    }

    private func examples(of finding: DataReport.Finding) -> [String] {
        switch finding.kind {
        case .unreadable:
            return shown(report.unreadable) { unreadable in
                ["    " + name(unreadable.image.path), wrapped(unreadable.reason, first: "      ", indent: "      ")]
            }
        case .wrongEnding:
            return shown(report.wrongEndings) { ["    \(name($0.path)) (format: \($0.format))"] }
        case .leak: return groups { $0.isLeak }
        case .conflict:
            return groups {
                $0.hasConflict && (finding.severity == .problem ? $0.kind == .exact : $0.kind == .near && !$0.isLeak)
            }
        case .duplicate: return groups { $0.kind == .exact && !$0.isLeak && !$0.hasConflict }
        case .nearDuplicate: return groups { $0.kind == .near && !$0.isLeak && !$0.hasConflict }
        case .missingClass, .imbalance, .similarNames: return []
        }
    }

    private func groups(where isWanted: (DataReport.DuplicateGroup) -> Bool) -> [String] {
        shown(report.duplicates.filter(isWanted)) { group in
            let sign = group.kind == .exact ? "= " : "≈ "
            var lines = group.images.prefix(Self.shownMembers).enumerated().map { place, image in
                let labels = group.hasConflict ? "  (\(image.labels.joined(separator: ";").printable))" : ""
                return "    " + (place == 0 ? "" : "  " + sign) + name(image.path) + labels
            }
            if group.images.count > Self.shownMembers {
                lines.append("      \(sign)… \((group.images.count - Self.shownMembers).grouped) more")
            }
            return lines
        }
    }

    private func shown<Item>(_ items: [Item], _ lines: (Item) -> [String]) -> [String] {
        let rest = items.count - Self.shownExamples
        return items.prefix(rest > 1 ? Self.shownExamples : items.count).flatMap(lines)
            + (rest > 1 ? ["    … and \(rest.grouped) more (--format json lists all)"] : [])
    }

    /// The path relative to the folder of the data.
    private func name(_ path: String) -> String {
        let folder = report.path.hasSuffix("/") ? report.path : report.path + "/"
        return (path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path).printable
    }

    /// Wraps a text. The first line starts with `first`, all others with `indent`.
    private func wrapped(_ text: String, first: String = "", indent: String) -> String {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.printable.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension DatasetLocation.Layout {
    fileprivate var words: String {
        switch self {
        case .classFolders: "one folder per class"
        case .labelsInFileNames: "labels in file names"
        case .idxFiles: "MNIST files"
        case .splitFolders: "one folder per split"
        case .table: "table"
        case .list: "list"
        case .shards: "tar shards"
        }
    }
}

extension String {
    /// Cuts the text to a width and adds an ellipsis.
    fileprivate func shortened(to width: Int) -> String { count <= width ? self : prefix(width - 1) + "…" }
}
