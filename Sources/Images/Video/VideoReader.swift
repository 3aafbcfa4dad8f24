internal import Platform

/// A frame of a video or a stream.
public struct VideoFrame: Sendable {
    /// The frame as a PNG. Turned upright if the video says so.
    public let image: EncodedImage

    /// The time of the frame in seconds from the start.
    public let time: Double

    let bytes: [UInt8]

    init(bytes: [UInt8], time: Double) {
        (self.bytes, self.time, image) = (bytes, time, EncodedImage(bytes: bytes))
    }
}

/// Reads the frames of a video or a stream at an interval with the program `ffmpeg` (5.1 or newer), which must be
/// installed.
///
/// The program runs as a child process with the first frame, and ends with the reader. It reads ahead only as much as a
/// pipe holds, so a live stream needs little memory. It opens nothing but the file: a playlist that is named like a
/// video is refused. A reader is for one thread at a time.
public final class VideoReader {
    /// What ffmpeg reported as errors although it continued, such as missing parts of a file; nil for none so far.
    public var warning: String? {
        guard let example = log.firstErrors.first else { return nil }
        return
            "ffmpeg reported \(log.errorCount == 1 ? "an error" : "\(log.errorCount) errors, the first") while it read "
            + "the video: \(cleaned(example))"
    }

    private let source: VideoSource
    private let interval: Duration
    private let program: String
    private let stallLimit: Duration
    private var process: ChildProcess?
    private var isClosed = false
    private var frames = PNGSequence()
    private var log = FrameLog()
    private var count = 0

    /// Prepares to read.
    ///
    /// - Parameters:
    ///   - path: A video file, or the URL of a stream; see `isStream(_:)`.
    ///   - interval: The time between frames, more than zero. The first frame at or after each multiple of it is read.
    /// - Throws: `ImageError` with the path if there is no such file, or if ffmpeg is not installed.
    public convenience init(path: String, every interval: Duration) throws(ImageError) {
        try self.init(path: path, every: interval, searchPath: nil)
    }

    /// - Parameters:
    ///   - searchPath: The folders in which the program is looked for, separated by colons; nil for those of `PATH`.
    ///   - stallLimit: How long to wait while ffmpeg decodes nothing.
    package init(
        path: String, every interval: Duration, searchPath: String?, stallLimit: Duration = .seconds(60)
    ) throws(ImageError) {
        let source = try VideoSource(path)
        guard interval > .zero else {
            throw ImageError(
                .unsupported, path: source.shown, message: "the time between frames must be more than zero",
                advice: "Choose a longer time.")
        }
        guard let program = ExecutableFile.path(of: "ffmpeg", in: searchPath) else {
            throw ImageError(
                .unsupported, path: source.shown,
                message: "this is a video; its frames are read with the program ffmpeg, which is not installed",
                advice: "Install it (in Debian: ffmpeg).")
        }
        self.source = source
        self.interval = interval
        self.program = program
        self.stallLimit = stallLimit
    }

    /// The next frame; nil at the end. Waits for it.
    ///
    /// - Throws: `ImageError` with the path if the video cannot be read, or if ffmpeg decodes nothing for a minute;
    ///   `CancellationError` if the task is canceled. Later frames are nil.
    public func next() throws -> VideoFrame? {
        guard !isClosed else { return nil }
        do {
            if let frame = try read() {
                count += 1
                return frame
            }
        } catch let error as ImageError {
            close()
            throw error.naming(path: source.shown)
        } catch {
            close()
            throw error
        }
        close()
        return nil
    }

    /// Ends the program. Later frames are nil.
    public func close() {
        isClosed = true
        process = nil
    }

    private func read() throws -> VideoFrame? {
        let process = try self.process ?? start()
        self.process = process
        var deadline = ContinuousClock.now + stallLimit
        var waiting = try frames.next()
        while true {
            if let bytes = waiting, let time = try log.nextTime() { return VideoFrame(bytes: bytes, time: time) }
            switch try process.next(until: deadline) {
            case .errors(let bytes):
                let before = log.decodedCount
                log.add(bytes)
                if log.decodedCount > before { deadline = ContinuousClock.now + stallLimit }
            case .output(let bytes):
                // The time of a frame is printed before the frame.
                guard waiting == nil else { throw Self.noTime }
                frames.add(bytes)
                waiting = try frames.next()
                deadline = ContinuousClock.now + stallLimit
            case .late:
                throw ImageError(
                    source.isStream ? .unavailable : .damaged,
                    message: "ffmpeg decoded no frame within \(stallLimit.components.seconds) seconds",
                    advice: source.isStream ? "Check the stream." : "Try another copy of it, or remove it.")
            case .end(let end):
                guard waiting == nil else { throw Self.noTime }
                try check(end)
                return nil
            }
        }
    }

    private static let noTime = ImageError(
        .unsupported, message: "ffmpeg reports no time for a frame", advice: "Convert the video to MP4.")

    private func start() throws(ImageError) -> ChildProcess {
        do throws(FileError) {
            return try ChildProcess(
                program, arguments,
                variables: ["LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1", "AV_LOG_FORCE_COLOR": nil, "FFREPORT": nil],
                readsErrors: true)
        } catch {
            throw ImageError("the program ffmpeg can't be started", code: error.code)
        }
    }

    private var arguments: [String] {
        // The interval in which a time lies; times are rounded to the units of the file.
        let (seconds, attoseconds) = interval.components
        let every = "\(seconds).\(String(String(attoseconds + 1_000_000_000_000_000_000).dropFirst()))"
        func part(_ time: String) -> String { "floor((\(time)-start_t)/\(every)+1e-6)" }
        let choice = "if(isnan(prev_selected_t),1,not(eq(\(part("t")),\(part("prev_selected_t")))))"
        let threads = "\(ProcessorCount.available)"
        return ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "repeat+level+info"]
            + ["-threads", threads, "-max_pixels", "\(PNGSequence.maximumPixels)"] + source.arguments
            + ["-map", "0:v:0", "-an", "-sn", "-dn"]
            // The first filter shows that decoding goes on, the last one the times of the chosen frames.
            + ["-vf", "showinfo=checksum=0,select='\(choice)',showinfo=checksum=0"]
            // With several threads the encoder would hold back frames of a stream.
            + ["-fps_mode", "passthrough", "-c:v", "png", "-compression_level", "1", "-pix_fmt", "rgb24"]
            + ["-threads", source.isStream ? "1" : threads, "-f", "image2pipe", "pipe:1"]
    }

    /// Throws unless the program succeeded with at least one frame.
    private func check(_ end: ChildProcess.End) throws(ImageError) {
        let code: ImageError.Code = source.isStream ? .unavailable : .damaged
        let reason = log.lastError.map(cleaned) ?? ""
        switch end {
        case .status(0) where frames.isEmpty && count > 0: return
        case .status(0):
            throw ImageError(
                frames.isEmpty ? .empty : code,
                message: (frames.isEmpty ? "it contains no frames" : "ffmpeg's output ends within a frame")
                    + (reason.isEmpty ? "" : " (ffmpeg: \(reason))"))
        case .signal(let number): throw ImageError(code, message: "ffmpeg crashed (signal \(number))")
        case .status where reason.contains("fps_mode"):
            throw ImageError(
                .unsupported, message: "the installed ffmpeg is too old", advice: "Install version 5.1 or newer.")
        case .status where reason.contains("matches no streams"):
            throw ImageError(.unrecognized, message: "it contains no video")
        case .status where log.firstErrors.contains { $0.contains("not on whitelist") }:
            throw ImageError(
                .unsupported, message: "it is not a video of a known format, although its name is that of a video",
                advice: "Remove it. A playlist is read only from a web server.")
        case .status(let status):
            throw ImageError(
                code,
                message: reason.isEmpty
                    ? "ffmpeg can't read it (status \(status))" : "ffmpeg can't read it: \(reason)")
        }
    }

    /// A message of ffmpeg without the location, which is in the error already and may contain a password.
    private func cleaned(_ message: String) -> String {
        String(
            message.replacing(source.location + ": ", with: "").replacing(source.location, with: source.shown)
                .prefix(200)
        ).printable
    }
}

extension VideoReader {
    /// The extensions of videos, in lower case.
    static let extensions: Set<String> = [
        "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "ts", "mts", "m2ts", "flv", "ogv", "wmv", "3gp",
    ]

    /// Whether a file is a video by its extension. Case is ignored.
    public static func isVideo(_ path: String) -> Bool { isVideo(path.fileNameBytes) }

    static func isVideo(_ name: [UInt8]) -> Bool {
        FilePath(bytes: name).fileExtension.map(extensions.contains) ?? false
    }

    /// Whether a location is the URL of a stream or of a video on a server: one with the scheme rtsp, rtsps, rtmp,
    /// rtmps, udp, tcp or srt, or http or https with the extension of a video or a playlist (`https://host/live.m3u8`).
    public static func isStream(_ location: String) -> Bool { VideoSource.Stream(location) != nil }
}
