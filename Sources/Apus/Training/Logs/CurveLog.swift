internal import Torch

/// The curve of a run's steps, as a table that spreadsheets read: `steps.csv`.
///
/// It holds no times, so that equal runs write equal files.
public final class CurveLog {
    private static let header = "epoch,step,learning_rate,loss,accuracy,pictures"

    private let file: LineFile

    /// Begins a table, which must not be there yet.
    ///
    /// - Throws: `FileError`.
    public init(creating path: String) throws {
        file = try LineFile(creating: path)
        try file.append(Self.header)
    }

    /// Goes on with a table, or begins it where it is not there; rows of later steps are taken off.
    ///
    /// - Throws: `FileError`, also where the file is none of these tables.
    public init(resuming path: String, afterStep step: Int) throws {
        try Self.check(path)
        file = try LineFile(resuming: path) { line, _ in
            line == Self.header || StepSummary(csv: line).map { $0.step <= step } ?? false
        }
        if file.length == 0 { try file.append(Self.header) }
    }

    /// Appends a row.
    ///
    /// - Throws: `FileError` where the disk refuses; the file is then as it was.
    public func write(_ summary: StepSummary) throws { try file.append(summary.csv) }

    /// Waits until the disk has the rows.
    ///
    /// - Throws: `FileError`.
    public func synchronize() throws { try file.synchronize() }

    /// The rows of a table.
    ///
    /// - Throws: `FileError`, also where the file is none of these tables.
    public static func read(_ path: String) throws -> [StepSummary] {
        try check(path)
        return try LineFile.lines(of: path).dropFirst().enumerated().map { number, line in
            guard let summary = StepSummary(csv: line) else {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 2) has not the columns \(header)",
                    advice: "delete the line")
            }
            return summary
        }
    }

    /// A table that is there begins as ours do.
    private static func check(_ path: String) throws {
        guard fileExists(path), let first = try LineFile.lines(of: path).first, first != header else { return }
        throw FileError(
            path: path, operation: "read", reason: "it does not begin with the columns \(header)",
            advice: "move it out of the way")
    }
}

extension StepSummary {
    fileprivate var csv: String { "\(epoch),\(step),\(learningRate),\(loss),\(accuracy),\(pictures)" }

    fileprivate init?(csv line: Substring) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 6, let epoch = Int(cells[0]), let step = Int(cells[1]), let rate = Double(cells[2]),
            let loss = Double(cells[3]), let accuracy = Double(cells[4]), let pictures = Int(cells[5])
        else { return nil }
        self.init(epoch: epoch, step: step, learningRate: rate, loss: loss, accuracy: accuracy, pictures: pictures)
    }
}
