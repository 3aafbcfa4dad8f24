internal import Foundation
internal import SwiftProtobuf

/// Writes an event file, which TensorBoard shows: curves, pictures, histograms and texts.
///
/// The file grows by whole events only, so TensorBoard can read it at any time, and a program that is killed loses at most
/// the event that it was writing. TensorBoard takes files whose name holds `tfevents`; a folder of such files is a run.
///
/// A file holds the time of each event. Who wants equal runs to write equal files gives times of his own, such as the
/// number of the step.
public final class EventFileWriter {
    /// The name of an event file for a folder that holds one.
    public static let fileName = "events.out.tfevents.apus"

    /// The version of the format, told in a file's first event.
    static let version = "brain.Event:2"

    private let file: RecordFile

    /// Makes an event file, which must not be there yet.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - time: when, in seconds since 1970.
    /// - Throws: `EventFileError` where it is there, or the disk refuses.
    public init(creating path: String, time: Double = EventFileWriter.now()) throws(EventFileError) {
        file = try RecordFile(creating: path)
        try begin(time: time)
    }

    /// Goes on with an event file, or makes it where it is not there. A last event that was cut is taken off.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - step: where given, the first event with a later step is taken off, and everything after it.
    ///   - time: when, in seconds since 1970, for a file that is not there.
    /// - Throws: `EventFileError` where the file is none of events, or the disk refuses.
    public convenience init(
        resuming path: String, afterStep step: Int? = nil, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        try self.init(resuming: path, time: time) { event, _ in step.map { event.step <= $0 } ?? true }
    }

    /// Goes on with an event file as it was when it had so many bytes, or as it is where it is shorter.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - length: what `length` told then.
    ///   - time: when, in seconds since 1970, for a file that is not there.
    /// - Throws: `EventFileError` where the file is none of events, or the disk refuses.
    public convenience init(
        resuming path: String, length: Int, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        try self.init(resuming: path, time: time) { _, end in end <= length }
    }

    private init(
        resuming path: String, time: Double, while isKept: (Tensorboard_Event, _ end: Int) -> Bool
    ) throws(EventFileError) {
        file = try RecordFile(opening: path)
        guard let first = try file.record(at: 0) else {
            // A program that was killed while it began leaves less than a record; anything else is not ours to cut.
            guard try file.endsWithinFirstRecord() else { throw Self.notOfEvents(path) }
            try file.truncate(to: 0)
            try begin(time: time)
            return
        }
        guard let event = try? Tensorboard_Event(serializedBytes: first.payload), event.fileVersion == Self.version
        else { throw Self.notOfEvents(path) }
        var end = first.range.upperBound
        while let record = try file.record(at: end),
            let event = try? Tensorboard_Event(serializedBytes: record.payload), isKept(event, record.range.upperBound)
        {
            end = record.range.upperBound
        }
        try file.truncate(to: end)
    }

    /// How many bytes the file has, all of them in whole events.
    public var length: Int { file.length }

    /// Writes values that belong to one step.
    ///
    /// - Parameters:
    ///   - values: the values, each with the name of its curve.
    ///   - step: counted over the whole run; curves are drawn over it.
    ///   - time: when, in seconds since 1970.
    /// - Throws: `EventFileError` where the disk refuses; the file is then as it was.
    public func write(
        _ values: [SummaryValue], step: Int, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        guard !values.isEmpty else { return }
        var event = Tensorboard_Event()
        event.wallTime = time
        event.step = Int64(step)
        event.summary.value = values.map(\.message)
        try append(event)
    }

    /// Waits until the disk has what was written, so that a power cut does not take it.
    public func synchronize() throws(EventFileError) { try file.synchronize() }

    /// Seconds since 1970.
    public static func now() -> Double { Date().timeIntervalSince1970 }

    private func begin(time: Double) throws(EventFileError) {
        var event = Tensorboard_Event()
        event.wallTime = time
        event.fileVersion = Self.version
        event.sourceMetadata.writer = "apus"
        try append(event)
    }

    private func append(_ event: Tensorboard_Event) throws(EventFileError) {
        let bytes: [UInt8]
        do {
            bytes = try event.serializedBytes()
        } catch {
            throw EventFileError(file.path, "an event can't be written: \(error)")
        }
        try file.append(bytes)
    }

    private static func notOfEvents(_ path: String) -> EventFileError {
        EventFileError(path, "it does not begin as an event file does; name another file, or move this one away")
    }
}
