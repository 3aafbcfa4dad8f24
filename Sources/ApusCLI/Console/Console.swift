public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// The two ways out: data on standard output, talk on standard error.
///
/// Names and metadata come from anybody's files: nothing that steers a terminal leaves through here as it came. The ends
/// of lines stay in `write` and `tell(lines:)`, so that names in a text of several lines are made `printable` first.
///
/// Errors are thrown untyped: with a typed error Swift 6.3.1's optimizer crashes on the asynchronous commands that print.
enum Console {
    /// Writes lines of the result at once, for people.
    ///
    /// - Throws: `ApusError` where the other side refuses, as a full disk does.
    static func write(_ lines: String) throws { try write(bytes: Array((lines.printableLines + "\n").utf8)) }

    /// Writes lines of CSV: to a terminal as `write` does; to a file or a program names byte for byte, but for what would
    /// steer a terminal that they are shown on later.
    ///
    /// - Throws: as `write` does.
    static func write(csv lines: String) throws {
        if isTerminal(.standardOutput) { return try write(lines) }
        let harmless = lines.replacingInvisibles(except: "\n") { scalar in
            let properties = scalar.properties
            let isControl = properties.generalCategory == .control && scalar != "\t"
            return isControl || properties.isBidiControl ? scalar.escape : String(scalar)
        }
        try write(bytes: (harmless + "\n").fileNameBytes)
    }

    /// Writes a list in the form that the user wants.
    ///
    /// - Throws: as `write` does.
    static func write(_ text: String, _ format: ListFormat) throws {
        if format == .csv { try write(csv: text) } else { try write(text) }
    }

    private static func write(bytes: [UInt8]) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            let reason =
                underlying.domain == NSPOSIXErrorDomain
                ? String(cString: strerror(Int32(underlying.code))) : error.localizedDescription
            throw ApusError(
                .unwritableFile, "standard output takes no more: \(reason)",
                advice: "the result is not whole, so write it elsewhere")
        }
    }

    /// Tells the user something on one line, if anybody can be told.
    static func tell(_ line: String) { tell(raw: line.printable + "\n") }

    /// Tells the user something on several lines.
    static func tell(lines: String) { tell(raw: lines.printableLines + "\n") }

    /// Sends to the terminal what steers it, as a bar that is drawn over does.
    static func tell(raw text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Whether a person is watching.
    static func isTerminal(_ handle: FileHandle) -> Bool { isatty(handle.fileDescriptor) == 1 }

    /// The columns of the terminal that results go to; nil where they go elsewhere.
    static var width: Int? {
        var size = winsize()
        let isKnown = ioctl(FileHandle.standardOutput.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : nil
    }

    /// A value as JSON; on one line unless told otherwise.
    ///
    /// What cannot be seen is a number, which means the same: `\u202e`. A byte of a file's name that is not UTF-8 is
    /// `\udce9`, as Python has it: `os.fsencode` makes the name of it again.
    static func json(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self).replacingInvisibles(except: "\n") {
                scalar in
                let units = scalar.fileNameByte.map { [0xDC00 + UInt16($0)] } ?? Array(String(scalar).utf16)
                return units.map { String(format: "\\u%04x", Int($0)) }.joined()
            }
        } catch EncodingError.invalidValue(let found, let context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ApusError(
                .invalidConfiguration, name: place, value: "\(found)",
                "the result has no JSON form: '\(place)' is \(found), which JSON cannot hold",
                advice: "print it in another format")
        }
    }
}

/// The flags that every command has for its talk.
struct TalkOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "No progress and no notes.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell what computes, and why.")
    var verbose = false

    /// Tells the user something that is not the result.
    func note(_ text: String) {
        if !quiet { Console.tell(Hints.flags(in: text)) }
    }

    /// Warns the user of what may not be as meant, also where no notes are wanted.
    func warn(_ text: String) { Console.tell("warning: \(Hints.flags(in: text))") }

    /// Tells what only those want to know who asked for more.
    func detail(_ text: String) {
        if verbose { Console.tell(text) }
    }
}

extension Double {
    /// A learning rate with at most four digits: `0.001`, `2.5e-05`.
    var rate: String { String(format: "%.4g", self) }
}

/// How a list is printed.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}
