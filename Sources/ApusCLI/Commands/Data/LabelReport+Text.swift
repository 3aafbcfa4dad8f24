internal import Apus
internal import Images
internal import Platform
internal import TorchVision

extension LabelReport {
    private static let shown = 20

    /// What was found as the user wants it printed.
    func text(_ format: ListFormat, of dataset: DataDescription?) throws -> String {
        switch format {
        case .json: return try Console.json(WithDataset(self, dataset), pretty: true)
        case .csv:
            let lines = issues.map { issue in
                CSV.line(
                    [
                        issue.picture.path, issue.picture.split ?? "", issue.given, issue.likely,
                        issue.givenProbability.description, issue.likelyProbability.description,
                        issue.normalizedMargin.description,
                    ])
            }
            let header = "path,split,given,likely,given_probability,likely_probability,normalized_margin"
            return ([header] + lines).joined(separator: "\n")
        case .table:
            var table = Table(
                [("", .right), ("picture", .left), ("given", .left), ("", .right), ("likely", .left), ("", .right)])
            for (place, issue) in issues.prefix(Self.shown).enumerated() {
                table.add(
                    [
                        (place + 1).description, issue.picture.path, issue.given, issue.givenProbability.columnPercent,
                        issue.likely, issue.likelyProbability.columnPercent,
                    ])
            }
            let rest = issues.count - Self.shown
            return issues.isEmpty
                ? "✓ No label is likely wrong."
                : table.text + (rest > 0 ? "\n… and \(rest.grouped) more; --format csv lists all" : "")
        }
    }

    /// All in two lines.
    var summary: String {
        "\(counted(issues.count, "label")) of \(pictures.grouped) \(issues.count == 1 ? "is" : "are") likely wrong. "
            + "The other folds predict \(agreement.columnPercent) of all labels"
            + (unreadable > 0 ? "; \(counted(unreadable, "picture")) could not be read." : ".")
    }
}
