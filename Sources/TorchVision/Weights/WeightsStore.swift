internal import LibC
public import Platform
internal import Torch
internal import Web

/// PyTorch's cache of downloaded weights, and the download of files.
///
/// A file is searched in the cache, then in the mirror if one is set, then at its URL. Its SHA-256 is checked in each
/// case; a file that does not match is neither used nor deleted. Downloads appear in the cache atomically, so several
/// processes may share it.
public struct WeightsStore: Sendable, Hashable {
    /// The folder of the cache.
    public let folder: String

    /// A folder, or an http, https or file URL, that contains the files by their names.
    public let mirror: String?

    /// The number of seconds a server may be silent, or send less than 1,000 bytes per second.
    public var timeout: Double

    /// The maximum number of seconds of a whole download.
    public var timeLimit: Double

    /// The maximum size of a download in bytes, if the file itself does not specify a smaller one.
    public var maximumBytes: Int

    /// Creates a store in a custom folder.
    public init(
        folder: String, mirror: String? = nil, timeout: Double = 60, timeLimit: Double = 6 * 3600,
        maximumBytes: Int = 16 << 30
    ) {
        self.folder = folder
        self.mirror = mirror
        self.timeout = timeout
        self.timeLimit = timeLimit
        self.maximumBytes = maximumBytes
    }

    /// PyTorch's own cache: `$TORCH_HOME/hub/checkpoints`, `$XDG_CACHE_HOME/torch/hub/checkpoints`, or
    /// `~/.cache/torch/hub/checkpoints`. The mirror is `$APUS_WEIGHTS_MIRROR`.
    public static var standard: WeightsStore { WeightsStore(environment: environmentVariable) }

    /// Creates the store that these environment variables select.
    init(environment: (String) -> String?) {
        func set(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        let home = homeFolder(variable: set("HOME"))
        let cache = set("XDG_CACHE_HOME") ?? "\(home)/.cache"
        let torch = set("TORCH_HOME") ?? "\(cache)/torch"
        let expanded = torch.hasPrefix("~/") ? home + torch.dropFirst() : torch
        self.init(folder: "\(expanded)/hub/checkpoints", mirror: set("APUS_WEIGHTS_MIRROR"))
    }

    /// The path of a file in the cache, whether or not it exists.
    public func path(of file: WeightsFile) -> String {
        "\(folder)/\(file.fileName)"
    }

    /// The path of a file in the cache, or nil if it is not there. Throws if the file is not the right one.
    public func cachedPath(of file: WeightsFile) throws(WeightsError) -> String? {
        let path = path(of: file)
        guard access(path, F_OK) == 0 else { return nil }
        let digest: String
        do throws(SystemError) {
            digest = try SHA256Digest.ofFile(path)
        } catch {
            throw WeightsError(
                code: .cache, fileName: file.fileName,
                message:
                    "\(path) cannot be read (\(error)). Make it readable, or set TORCH_HOME to another folder.")
        }
        guard file.accepts(digest: digest) else {
            throw wrongDigest(
                digest, of: file, at: path, advice: "Move this file away; it is then downloaded from \(file.url).")
        }
        return path
    }

    /// The path of a file, which is downloaded first if the cache does not contain it.
    ///
    /// ```swift
    /// let path = try await store.fetch(file) { events in
    ///     for await progress in events { print(progress.bytes, progress.total ?? 0) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - reader: Reads the progress of the download. An error that it throws ends the download.
    /// - Throws: `WeightsError` if no source has the right file, or if the task is canceled. The message contains the
    ///   path where to put the file. Otherwise the errors of `reader`.
    public func fetch(
        _ file: WeightsFile,
        readBy reader: @escaping @Sendable (EventSequence<FileProgress>) async throws -> Void = { _ in }
    ) async throws -> String {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            try await fetch(file, reportingTo: events.reportAndCheck)
        }
    }

    /// Fetches a file as `fetch(_:readBy:)` does, in code that is not asynchronous. The calling thread waits. If its
    /// task is canceled, the download ends.
    ///
    /// - Throws: `WeightsError`.
    public func fetch(_ file: WeightsFile) throws(WeightsError) -> String { try fetch(file, report: { _ in }) }

    /// Fetches a file on a thread of its own.
    package func fetch(
        _ file: WeightsFile, reportingTo report: @escaping @Sendable (FileProgress) throws -> Void
    ) async throws -> String {
        try await onOwnThread("download") { try fetch(file, report: report) }
    }

    /// Fetches a file. The calling thread waits.
    ///
    /// - Parameter report: Receives the progress. An error that it throws ends the download.
    package func fetch(
        _ file: WeightsFile, report: (FileProgress) throws -> Void
    ) throws(WeightsError) -> String {
        if let path = try cachedPath(of: file) { return path }
        var troubles: [String] = []
        for source in sources(of: file) {
            do {
                try bring(file, from: source, report: report)
                return path(of: file)
            } catch let error as WeightsError {
                throw error
            } catch is CancellationError {
                throw WeightsError(
                    code: .interrupted, fileName: file.fileName,
                    message: "the download of \(file.fileName) was interrupted; nothing of it was kept.")
            } catch {
                troubles.append("\(source): \(error)")
            }
        }
        throw WeightsError(
            code: .unavailable, fileName: file.fileName,
            message: "\(file.fileName) could not be downloaded.\n  \(troubles.joined(separator: "\n  "))\n"
                + "Put the file at \(path(of: file)), or set APUS_WEIGHTS_MIRROR to a folder or URL that contains it."
        )
    }

    private func sources(of file: WeightsFile) -> [String] {
        guard let mirror else { return [file.url] }
        return [(mirror.hasSuffix("/") ? mirror : mirror + "/") + file.fileName, file.url]
    }

    private func bring(
        _ file: WeightsFile, from source: String, report: (FileProgress) throws -> Void
    ) throws {
        let destination = try Destination(
            path(of: file), of: file, from: source, limit: min(maximumBytes, file.maximumBytes ?? maximumBytes))
        defer { destination.discard() }
        if let path = localPath(source) {
            try destination.copy(path, report: report)
        } else {
            try download(source, limits: WebLimits(silentSeconds: timeout, seconds: timeLimit)) { bytes, total in
                try destination.write(bytes, total: total, report: report)
            }
        }
        let digest = destination.finishDigest()
        guard file.accepts(digest: digest) else {
            throw wrongDigest(
                digest, of: file, at: source,
                advice: "It was not kept. Try again, or put the right file at \(path(of: file)).")
        }
        try destination.place()
    }

    /// The path of a file URL or a folder; nil for a web URL.
    private func localPath(_ source: String) -> String? {
        if source.hasPrefix("file://") {
            let path = source.dropFirst("file://".count)
            return percentDecoded(String(path.hasPrefix("localhost/") ? path.dropFirst("localhost".count) : path))
        }
        return source.contains("://") ? nil : source
    }

    private func wrongDigest(
        _ digest: String, of file: WeightsFile, at place: String, advice: String
    ) -> WeightsError {
        WeightsError(
            code: .wrongDigest, fileName: file.fileName,
            message: "\(place) is not the published file: its SHA-256 is \(digest), but should start with "
                + "\(file.sha256 ?? ""). \(advice)")
    }
}

/// A variable of the process environment.
func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// A text with percent escapes such as `%41` decoded.
private func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
