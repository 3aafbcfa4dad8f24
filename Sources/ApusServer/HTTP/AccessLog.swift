internal import Classifier
internal import Foundation
internal import LibC
internal import Platform
internal import Serving

/// The log of requests: a line for each answered one, without contents of images and without keys.
struct AccessLog: Sendable {
    /// What is logged of a request.
    struct Entry: Encodable {
        var time = ""
        var id: String
        var client: String?
        /// The name of the API key.
        var key: String?
        var method: String
        /// The path, without the query.
        var path: String
        /// The status in HTTP; nil for gRPC.
        var status: Int?
        /// The code of an error; for gRPC its status code.
        var code: String?
        var milliseconds: Double
        /// The size of the body in bytes; nil for gRPC.
        var received: Int?
        /// The size of the answer in bytes; nil for gRPC.
        var sent: Int?
        var trace: String?
    }

    private let format: ServingConfiguration.Observation.AccessLog
    private let write: @Sendable (String) -> Void

    /// - Parameter write: a function that writes a line; nil for standard error.
    init(_ format: ServingConfiguration.Observation.AccessLog, write: (@Sendable (String) -> Void)?) {
        self.format = format
        self.write = write ?? { line in try? writeAll(Array("\(line)\n".utf8), to: STDERR_FILENO) }
    }

    /// Logs a request that was answered now.
    func log(_ entry: @autoclosure () -> Entry) {
        guard format != .off else { return }
        var entry = entry()
        entry.time = Date.now.ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
        entry.milliseconds = (entry.milliseconds * 1000).rounded() / 1000
        switch format {
        case .json: if let text = try? jsonText(entry) { write(text) }
        default: write(text(of: entry))
        }
    }

    /// Returns `TIME ID CLIENT "POST /classify" 200 8.123 ms 51234 B 312 B`, with the code of an error, the key and the
    /// trace if there are some.
    private func text(of entry: Entry) -> String {
        [
            entry.time, entry.id, entry.client ?? "-",
            "\"\(entry.method) \(entry.path.printable.replacing("\"", with: "%22"))\"",
            entry.status.map { "\($0)" }, entry.code, "\(entry.milliseconds) ms", entry.received.map { "\($0) B" },
            entry.sent.map { "\($0) B" }, entry.key.map { "key=\($0.printable)" }, entry.trace.map { "trace=\($0)" },
        ].compactMap(\.self).joined(separator: " ")
    }
}
