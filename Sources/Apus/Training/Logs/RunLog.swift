internal import Foundation
internal import Platform
internal import Torch

/// The log of a run: `log.jsonl`, a JSON object on each line.
///
/// The file grows by whole lines: a program that is killed loses at most the line that it was writing.
public final class RunLog {
    private let file: LineFile
    private let encoder: JSONEncoder

    /// Begins a log, which must not be there yet.
    ///
    /// - Throws: `FileError`.
    public init(creating path: String) throws {
        file = try LineFile(creating: path)
        encoder = .forLines
    }

    /// Goes on with a log, or begins it where it is not there. The first line of a later step is taken off, and everything
    /// after it, as is a line that is cut or damaged.
    ///
    /// - Throws: `FileError`, also where the file is no log.
    public init(resuming path: String, afterStep step: Int) throws {
        try Self.check(path)
        let decoder = JSONDecoder.forLines
        file = try LineFile(resuming: path) { line, _ in decoder.step(of: line).map { $0 <= step } ?? false }
        encoder = .forLines
    }

    /// Goes on with a log as it was when it had so many bytes, or as it is where it is shorter.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - length: what `length` told then.
    /// - Throws: `FileError`, also where the file is no log.
    public init(resuming path: String, length: Int) throws {
        try Self.check(path)
        let decoder = JSONDecoder.forLines
        file = try LineFile(resuming: path) { line, end in end <= length && decoder.step(of: line) != nil }
        encoder = .forLines
    }

    /// How many bytes the file has, all of them in whole lines.
    public var length: Int { file.length }

    /// Appends a line.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - step: how many steps of the whole run have been made.
    ///   - time: when, in seconds since 1970; nil in a log that equal runs are to write equally.
    /// - Throws: `FileError` where the disk refuses; the file is then as it was.
    public func write(_ event: LogEvent, step: Int, time: Double? = nil) throws {
        try file.append(String(decoding: encoder.encode(LogRecord(event, step: step, time: time)), as: UTF8.self))
    }

    /// Waits until the disk has the lines.
    ///
    /// - Throws: `FileError`.
    public func synchronize() throws { try file.synchronize() }

    /// The lines of a log; a last one that is cut is left out.
    ///
    /// - Throws: `FileError`, also where a line is none of a log.
    public static func read(_ path: String) throws -> [LogRecord] {
        let decoder = JSONDecoder.forLines
        return try LineFile.lines(of: path).enumerated().map { number, line in
            do {
                return try decoder.decode(LogRecord.self, from: Data(line.utf8))
            } catch {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 1) is none that this version writes",
                    advice: "read it with the version that wrote it, or delete the line")
            }
        }
    }

    /// A log that is there begins as ours do, or with a line that was cut.
    private static func check(_ path: String) throws {
        guard fileExists(path), let first = try LineFile.lines(of: path).first,
            JSONDecoder.forLines.step(of: first) == nil
        else { return }
        throw FileError(
            path: path, operation: "read", reason: "its first line is none of a log", advice: "move it out of the way")
    }
}

extension JSONEncoder {
    /// One line an object, keys in order, numbers that are none by name.
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
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }

    /// The step that a line tells, whatever its event; nil where it is none of a log.
    fileprivate func step(of line: Substring) -> Int? {
        struct Numbered: Decodable { let step: Int }
        return (try? decode(Numbered.self, from: Data(line.utf8)))?.step
    }
}
