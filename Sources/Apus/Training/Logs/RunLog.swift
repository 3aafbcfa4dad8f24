internal import Foundation
internal import Platform
internal import Torch

/// The log of a run: `log.jsonl`, a JSON object on each line.
///
/// The file grows by complete lines: a process that is killed loses at most one line.
public final class RunLog {
    private let file: LineFile
    private let encoder: JSONEncoder

    /// Creates a log, which must not exist.
    ///
    /// - Throws: `FileError`.
    public init(creating path: String) throws {
        file = try LineFile(creating: path)
        encoder = .forLines
    }

    /// Opens a log, or creates it if it does not exist. The first line of a later step is removed, and everything after
    /// it. So is an incomplete or damaged line.
    ///
    /// - Throws: `FileError`, also if the file is not a log.
    public init(resuming path: String, afterStep step: Int) throws {
        try Self.check(path)
        let decoder = JSONDecoder.forLines
        file = try LineFile(resuming: path) { line, _ in decoder.step(of: line).map { $0 <= step } ?? false }
        encoder = .forLines
    }

    /// Opens a log, and removes the lines after a length.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - length: An earlier value of `length`.
    /// - Throws: `FileError`, also if the file is not a log.
    public init(resuming path: String, length: Int) throws {
        try Self.check(path)
        let decoder = JSONDecoder.forLines
        file = try LineFile(resuming: path) { line, end in end <= length && decoder.step(of: line) != nil }
        encoder = .forLines
    }

    /// The size of the file in bytes, all in complete lines.
    public var length: Int { file.length }

    /// Appends a line.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - step: The number of steps of the whole run so far.
    ///   - time: The time in seconds since 1970; nil if equal runs should write equal logs.
    /// - Throws: `FileError` if the disk fails. The file is then unchanged.
    public func write(_ event: LogEvent, step: Int, time: Double? = nil) throws {
        try file.append(String(decoding: encoder.encode(LogRecord(event, step: step, time: time)), as: UTF8.self))
    }

    /// Waits until the lines are on the disk.
    ///
    /// - Throws: `FileError`.
    public func synchronize() throws { try file.synchronize() }

    /// Reads the lines of a log. An incomplete last line is left out.
    ///
    /// - Throws: `FileError`, also if a line is not of a log.
    public static func read(_ path: String) throws -> [LogRecord] {
        let decoder = JSONDecoder.forLines
        return try LineFile.lines(of: path).enumerated().map { number, line in
            do {
                return try decoder.decode(LogRecord.self, from: Data(line.utf8))
            } catch {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 1) is unknown to this version",
                    advice: "read it with the version that wrote it, or delete the line")
            }
        }
    }

    /// Checks the first line of an existing file.
    private static func check(_ path: String) throws {
        guard fileExists(path), let first = try LineFile.lines(of: path).first,
            JSONDecoder.forLines.step(of: first) == nil
        else { return }
        throw FileError(
            path: path, operation: "read", reason: "its first line is not of a log", advice: "move it away")
    }
}

extension JSONEncoder {
    /// An encoder for one object per line, with sorted keys. NaN and infinity are strings.
    fileprivate static var forLines: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}

extension JSONDecoder {
    fileprivate static var forLines: JSONDecoder {
        let decoder = JSONDecoder.forFiles
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// Returns the step of a line of any event; nil if it is not of a log.
    fileprivate func step(of line: Substring) -> Int? {
        struct Numbered: Decodable { let step: Int }
        return (try? decode(Numbered.self, from: Data(line.utf8)))?.step
    }
}
