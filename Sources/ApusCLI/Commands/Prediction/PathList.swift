internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// A list of paths from a pipe, read in chunks of what is available.
///
/// Predictions start before the list is complete, and its length costs no memory. Each line is a path, as in a list
/// file: it ends in LF, CR LF or CR. Blank lines and a byte order mark of UTF-8 are ignored. Or each path ends in NUL.
final class PathList {
    /// The maximum number of paths in a part.
    private static let largestPart = 4096

    /// The maximum number of bytes of a path. Of a longer line only the beginning is kept, for the error.
    private static let longestPath = 2 * Int(PATH_MAX)

    private let descriptor: Int32
    private let interval: Duration?
    private let cache: String?
    private let endsInNUL: Bool
    private let shard: Shard
    private let watchesOutput: Bool
    /// The number of paths so far, and a checksum of them, of all shards.
    private(set) var listed = (count: 0, digest: Digest64())
    private var remaining: Int
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// The bytes after the last complete path.
    private var rest: [UInt8] = []
    private var paths: ArraySlice<String> = []
    private var parts: ImageInputParts?
    /// Notes about the videos of earlier parts.
    private var earlierNotes: [String] = []
    private var isAtStart = true
    private var isAtEnd = false

    /// Reads a list from a file descriptor.
    ///
    /// - Parameters:
    ///   - interval: the time between the frames of videos; nil for the default, without the videos in folders.
    ///   - limit: the maximum number of images.
    ///   - cache: the folder that keeps images at URLs.
    ///   - shard: the paths that are read, by their places in the list.
    ///   - watchesOutput: whether the reading ends with `Console.closedOutput` if nobody reads standard output any more.
    init(
        _ descriptor: Int32, endsInNUL: Bool, every interval: Duration?, limit: Int?, cache: String?,
        shard: Shard, watchesOutput: Bool
    ) {
        self.descriptor = descriptor
        self.interval = interval
        self.cache = cache
        self.endsInNUL = endsInNUL
        (self.shard, self.watchesOutput) = (shard, watchesOutput)
        remaining = limit ?? .max
    }

    /// Waits for at least one path and returns the next images, or nil at the end of the list.
    ///
    /// - Throws: `ApusError` if the list can't be read or is not a list of paths; `CancellationError`.
    func next() throws -> ImageInput? {
        while remaining > 0 {
            if let input = try parts?.next() {
                remaining -= input.images.count
                return input
            }
            while paths.isEmpty, !isAtEnd { try read() }
            let part = paths.prefix(Self.largestPart)
            guard !part.isEmpty else { break }
            paths = paths.dropFirst(part.count)
            earlierNotes = notes
            parts = ImageInputParts(paths: Array(part), every: interval, limit: remaining, cache: cache)
        }
        return nil
    }

    /// Notes for the user about the videos so far.
    var notes: [String] { earlierNotes + (parts?.notes ?? []) }

    /// The first folder or archive that can't be read, or has no images.
    var firstProblem: DatasetError? { parts?.firstProblem }

    private func read() throws {
        let count = try readBytes()
        isAtEnd = count == 0
        var found: [String] = []
        func add(_ path: ArraySlice<UInt8>) {
            let bytes = rest.isEmpty ? path : rest[...] + path
            rest.removeAll(keepingCapacity: true)
            let isBlank = !endsInNUL && bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard !bytes.isEmpty, !isBlank else { return }
            let isTooLong = bytes.count > Self.longestPath
            let path = String(fileName: bytes.prefix(Self.longestPath)) + (isTooLong ? "…" : "")
            if shard.contains(listed.count) { found.append(path) }
            listed.count += 1
            listed.digest.add(path)
        }
        var start = 0
        for place in 0..<count where isEnd(buffer[place]) {
            add(buffer[start..<place])
            start = place + 1
        }
        if isAtEnd { add([]) } else { rest += buffer[start..<count].prefix(Self.longestPath + 1 - rest.count) }
        paths = found[...]
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        endsInNUL ? byte == 0 : byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Reads the available bytes into the buffer; at the start at least three, the length of the byte order mark of
    /// UTF-8.
    private func readBytes() throws -> Int {
        var count = 0
        while true {
            try StandardInput.wait(for: descriptor, watchesOutput: watchesOutput)
            let got = try StandardInput.read(
                descriptor, into: &buffer, from: count, advice: "send a list of paths, such as 'find photos -type f'")
            count += got
            if got == 0 || !isAtStart || count >= 3 { break }
        }
        defer { isAtStart = false }
        guard !endsInNUL else { return count }
        if isAtStart {
            if buffer[..<count].starts(with: [0xEF, 0xBB, 0xBF]) {
                buffer.replaceSubrange(..<count, with: buffer[3..<count] + [0, 0, 0])
                return count - 3
            }
            if count >= 2, buffer[..<2] == [0xFF, 0xFE] || buffer[..<2] == [0xFE, 0xFF] {
                throw ApusError(.unreadableFile, "standard input is UTF-16", advice: "send a list of paths in UTF-8")
            }
        }
        guard !buffer[..<count].contains(0) else {
            throw ApusError(
                .unreadableFile, "standard input contains NUL bytes, so it is not a list with one path per line",
                advice: "use -0 if each path ends in NUL, as from 'find -print0'")
        }
        return count
    }
}
