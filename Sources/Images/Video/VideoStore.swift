internal import Archives
package import Platform

/// The frames of the videos that are data. Each video is read once, and stands for a folder of its frames:
/// `ants/nest.mp4/t=00012.000.png` is the frame at 12 seconds.
///
/// All frames are in one temporary file without a name, as PNGs, until the process ends. A video that was changed since
/// is another one.
final class VideoStore: Sendable {
    /// The instance of the process.
    static let shared = VideoStore()

    /// The maximum number of frames of a video.
    private static let largestCount = 100_000

    /// The frames of a video at an interval.
    struct Video: Sendable {
        fileprivate let interval: Duration
        /// The names of the frames in the order of their times.
        let names: [String]
        /// The size of the frames in bytes.
        let size: Int
        /// What ffmpeg reported as errors.
        let warning: String?
    }

    private struct State {
        var videos: [ArchiveFile.Stamp: [Video]] = [:]
        /// The temporary file for writing and for reading.
        var spool: (writing: TemporaryFile, reading: ArchiveFile)?
        var isReading = false
    }

    private let state = Monitor(State())
    private let searchPath: String?

    /// - Parameter searchPath: The folders with the program; nil for those of `PATH`.
    init(searchPath: String? = nil) {
        self.searchPath = searchPath
    }

    /// The frames of a video, which is read unless that was done before.
    ///
    /// Only one video is read at a time, because ffmpeg uses all processors.
    ///
    /// - Throws: `ImageError` with the path if it cannot be read, `ArchiveError` if there is no temporary space,
    ///   `CancellationError` if the task is canceled.
    func video(at path: FilePath, every interval: Duration) throws -> Video {
        let stamp = ArchiveFile.Stamp(of: path.text)
        let known = state.wait { state -> Video?? in
            if let stamp, let video = state.videos[stamp]?.first(where: { $0.interval == interval }) { return video }
            guard !state.isReading else { return nil }
            state.isReading = true
            return .some(nil)
        }
        if let known { return known }
        defer { state.update { $0.isReading = false } }
        let reader = try VideoReader(path: path.text, every: interval, searchPath: searchPath)
        defer { reader.close() }
        let spool = try state.withLock { $0.spool } ?? Self.makeSpool()
        state.withLock { $0.spool = spool }
        var parts: [(name: String, range: Range<Int>)] = []
        var names: Set<String> = []
        while let frame = try reader.next() {
            guard parts.count < Self.largestCount else {
                throw ImageError(
                    .tooLarge, path: path.text,
                    message: "it has more than \(Self.largestCount) frames at this interval",
                    advice: "Choose a longer time between frames, or leave it out.")
            }
            let name = Self.name(frame.time, besides: names)
            names.insert(name)
            let start = spool.writing.count
            let result = frame.bytes.withUnsafeBytes { bytes in
                Result { () throws(ArchiveError) in try spool.writing.write(bytes) }
            }
            try result.get()
            parts.append((name, start..<spool.writing.count))
        }
        let archive = try Archive(path: path.text, parts: parts, of: spool.reading)
        let video = Video(
            interval: interval, names: parts.map(\.name), size: parts.reduce(0) { $0 + $1.range.count },
            warning: reader.warning)
        if let stamp {
            FileStore.shared.mount(archive, on: stamp)
            state.update { $0.videos[stamp, default: []].append(video) }
        }
        return video
    }

    private static func makeSpool() throws(ArchiveError) -> (writing: TemporaryFile, reading: ArchiveFile) {
        let file = try TemporaryFile(
            for: "keeping the frames of videos", alternative: "choose a longer time between frames")
        return (file, try file.growing())
    }

    /// The name of a frame, which sorts by time.
    private static func name(_ time: Double, besides names: Set<String>) -> String {
        let seconds = String(repeating: "0", count: max(0, 5 - String(Int(max(time, 0))).count)) + time.fixed(3)
        // Times within a millisecond, or times that start again.
        let numbers = sequence(first: 1) { $0 + 1 }
        return numbers.lazy.map { $0 == 1 ? "t=\(seconds).png" : "t=\(seconds)-\($0).png" }
            .first { !names.contains($0) } ?? ""
    }
}

extension FilePath {
    /// The video, if this is the path of one of its frames: `nest.mp4/t=00012.000.png`.
    package var video: FilePath? {
        let name = lastComponent
        guard name.starts(with: "t=".utf8), name.suffix(4).elementsEqual(".png".utf8) else { return nil }
        let folder = parent
        return VideoReader.isVideo(folder.bytes) ? folder : nil
    }

    /// The file from which the image comes: the video of a frame, otherwise the file itself.
    var source: FilePath { video ?? self }
}
