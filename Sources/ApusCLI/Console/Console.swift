internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// The output of the command: results on standard output, messages on standard error.
///
/// Names and metadata come from files of other people, so control characters are escaped. `write` and `message(lines:)`
/// keep line breaks; names in a text of several lines must be made `printable` before.
///
/// Errors are thrown untyped: with a typed error Swift 6.3.1's optimizer crashes on the asynchronous commands that
/// print.
enum Console {
    /// Writes lines of the result at once.
    ///
    /// - Throws: `ApusError` if writing fails, for example on a full disk.
    static func write(_ lines: String) throws { try write(bytes: Array((lines.printableLines + "\n").utf8)) }

    /// Writes lines of CSV. On a terminal it is the same as `write`. In a file or a pipe, names are unchanged except
    /// for characters that would control a terminal later.
    ///
    /// - Throws: the errors of `write`.
    static func write(csv lines: String) throws {
        try isTerminal(.standardOutput) ? write(lines) : write(bytes: bytes(csv: lines))
    }

    /// Returns lines of CSV as the bytes of a file.
    static func bytes(csv lines: String) -> [UInt8] {
        let harmless = lines.replacingInvisibles(except: "\n") { scalar in
            let properties = scalar.properties
            let isControl = properties.generalCategory == .control && scalar != "\t"
            return isControl || properties.isBidiControl ? scalar.escape : String(scalar)
        }
        return (harmless + "\n").fileNameBytes
    }

    /// Writes a list in its output format.
    ///
    /// - Throws: the errors of `write`.
    static func write(_ text: String, _ format: ListFormat) throws {
        if format == .csv { try write(csv: text) } else { try write(text) }
    }

    /// Whether nothing is written, as in all processes of a training except for the first.
    static var isSilent: Bool {
        get { silence.withLock { $0 } }
        set { silence.update { $0 = newValue } }
    }

    private static let silence = Monitor(false)

    private static func write(bytes: [UInt8]) throws {
        guard !isSilent else { return }
        do {
            try writeAll(bytes, to: Stream.standardOutput.rawValue)
        } catch {
            guard error.code != EPIPE else { throw closedOutput }
            throw ApusError(
                .unwritableFile, "can't write to standard output: \(error)",
                advice: "the result is incomplete; write it to another place")
        }
    }

    /// The error if nobody reads standard output any more, as after `head`: the command ends quietly, with the status
    /// that a shell reports for SIGPIPE, which a parent may have turned off.
    static let closedOutput = ExitCode(128 + SIGPIPE)

    /// Prints one line to standard error; a failure is ignored.
    static func message(_ line: String) { message(raw: line.printable + "\n") }

    /// Prints several lines to standard error.
    static func message(lines: String) { message(raw: lines.printableLines + "\n") }

    /// Prints text with control characters, such as a progress bar.
    static func message(raw text: String) {
        if !isSilent { try? writeAll(Array(text.utf8), to: Stream.standardError.rawValue) }
    }

    /// The standard streams for output, with their file descriptors.
    enum Stream: Int32 {
        case standardOutput = 1
        case standardError = 2
    }

    /// Whether the output is a terminal.
    static func isTerminal(_ stream: Stream) -> Bool { Platform.isTerminal(stream.rawValue) }

    /// The environment variable `COLUMNS`, or else the number of columns of the terminal; nil without both, such as for
    /// a pipe.
    static var width: Int? {
        let given = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init)
        if let given, given > 0 { return given }
        return terminalWidth(Stream.standardOutput.rawValue)
    }
}

/// The flags for messages, in every command.
struct MessageOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print no progress and no notes.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print which inference engine is used, and why.")
    var verbose = false

    /// Prints a note, unless `--quiet` is given.
    func note(_ text: String) {
        if !quiet { Console.message(Hints.flags(in: text)) }
    }

    /// Prints a warning, even with `--quiet`.
    func warn(_ text: String) { Console.message("warning: \(Hints.flags(in: text))") }

    /// Prints a detail if `--verbose` is given.
    func detail(_ text: String) {
        if verbose { Console.message(text) }
    }
}

extension Double {
    /// The learning rate with at most four digits: `0.001`, `2.5e-05`.
    var rate: String { String(printf: "%.4g", self) }
}

/// The output format of a list.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
