internal import Foundation
internal import SwiftProtobuf

/// Writes an event file, which TensorBoard shows: curves, images, histograms and texts.
///
/// The file grows by whole events, so TensorBoard can read it at any time, and a program that is killed loses at most
/// the event that it was writing. TensorBoard reads files whose name contains `tfevents`. A folder of such files is a
/// run.
///
/// Each event contains its time. To write equal files for equal runs, pass your own times, such as the number of the
/// step.
public final class EventFileWriter {
    /// The default name of an event file.
    public static let fileName = "events.out.tfevents.apus"

    /// The version of the format in the first event of a file.
    static let version = "brain.Event:2"

    private let file: RecordFile

    /// Creates an event file, which must not exist.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - time: the time in seconds since 1970.
    /// - Throws: `EventFileError` if the file exists or can't be written.
    public init(creating path: String, time: Double = EventFileWriter.now()) throws(EventFileError) {
        file = try RecordFile(creating: path)
        try begin(time: time)
    }

    /// Continues an event file, or creates it if it does not exist. Removes an incomplete last event.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - step: the last step to keep; nil to keep all. The first event with a later step and everything after it are
    ///     removed.
    ///   - time: the time of a new file, in seconds since 1970.
    /// - Throws: `EventFileError` if the file is not an event file or can't be written.
    public convenience init(
        resuming path: String, afterStep step: Int? = nil, time: Double = EventFileWriter.now()
    ) throws(EventFileError) {
        try self.init(resuming: path, time: time) { event, _ in step.map { event.step <= $0 } ?? true }
    }

    /// Continues an event file from the state in which it had `length` bytes, or as it is if it is shorter.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - length: the earlier value of the property `length`.
    ///   - time: the time of a new file, in seconds since 1970.
    /// - Throws: `EventFileError` if the file is not an event file or can't be written.
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
            // A program that was killed at its first event leaves less than a record. Other files must not be cut.
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

    /// The number of bytes of the file, which contains only whole events.
    public var length: Int { file.length }

    /// Writes the values of a step.
    ///
    /// - Parameters:
    ///   - values: the values.
    ///   - step: the number of the step, counted over the whole run.
    ///   - time: the time in seconds since 1970.
    /// - Throws: `EventFileError` if the file can't be written; it is then unchanged.
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

    /// Waits until all events are stored on the disk, so that a power failure does not lose them.
    public func synchronize() throws(EventFileError) { try file.synchronize() }

    /// Returns the current time in seconds since 1970.
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
        EventFileError(path, "not an event file; use another path or move the file away")
    }
}
