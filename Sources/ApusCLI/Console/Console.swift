internal import Apus
internal import ArgumentParser
internal import Foundation

/// The two ways out: data on standard output, talk on standard error.
enum Console {
    /// Writes a line of the result at once.
    ///
    /// - Throws: `ApusError` where the other side refuses, as a full disk does.
    static func write(_ line: String) throws(ApusError) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
        } catch {
            let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            let reason =
                underlying.domain == NSPOSIXErrorDomain
                ? String(cString: strerror(Int32(underlying.code))) : error.localizedDescription
            throw ApusError("standard output takes no more: \(reason); the result is not whole, so write it elsewhere")
        }
    }

    /// Tells the user something, if anybody can be told.
    static func tell(_ line: String) { tell(raw: line + "\n") }

    /// The same without an end of line.
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
    static func json(_ value: some Encodable, pretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
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
        if !quiet { Console.tell(text) }
    }

    /// Tells what only those want to know who asked for more.
    func detail(_ text: String) {
        if verbose { Console.tell(text) }
    }
}

extension Double {
    /// A learning rate with at most four digits: `0.001`, `2.5e-05`.
    var rate: String { String(format: "%.4g", self) }
}
