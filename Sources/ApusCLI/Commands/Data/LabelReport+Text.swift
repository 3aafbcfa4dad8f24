internal import Apus
internal import Images
internal import Platform
internal import TorchVision

extension LabelReport {
    private static let shown = 20

    /// Returns the report in an output format.
    func text(_ format: ListFormat, of dataset: DataDescription?) throws -> String {
        switch format {
        case .json: return try jsonText(WithDataset(self, dataset), pretty: true)
        case .csv:
            let lines = issues.map { issue in
                CSV.line(
                    [
                        issue.image.path, issue.image.split ?? "", issue.given, issue.likely,
                        issue.givenProbability.description, issue.likelyProbability.description,
                        issue.normalizedMargin.description,
                    ])
            }
            let header = "path,split,given,likely,given_probability,likely_probability,normalized_margin"
            return ([header] + lines).joined(separator: "\n")
        case .table:
            var table = Table(
                [
                    ("", .right), ("image", .left), ("given label", .left), ("probability", .right),
                    ("likely label", .left), ("probability", .right),
                ])
            for (place, issue) in issues.prefix(Self.shown).enumerated() {
                table.add(
                    [
                        (place + 1).description, issue.image.path, issue.given, issue.givenProbability.columnPercent,
                        issue.likely, issue.likelyProbability.columnPercent,
                    ])
            }
            let rest = issues.count - Self.shown
            return issues.isEmpty
                ? "✓ No labels are likely wrong."
                : table.text + (rest > 0 ? "\n… and \(rest.grouped) more (--format csv lists all)" : "")
        }
    }

    /// The summary.
    var summary: String {
        "\(issues.count.grouped) of \(counted(images, "label")) \(issues.count == 1 ? "is" : "are") likely wrong. "
            + "Cross-validated accuracy: \(agreement.columnPercent)."
            + (unreadable > 0 ? " Skipped \(counted(unreadable, "unreadable image"))." : "")
    }
}
