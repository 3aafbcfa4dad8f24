internal import Images

/// Images and videos as a sequence of parts, each of which needs little memory.
///
/// The frames of a video are in parts as they come, so that predictions appear while it is read, and a live stream may
/// never end.
///
/// ```swift
/// let parts = ImageInputParts(paths: ["holiday.mp4"], every: .seconds(1))
/// while let part = try parts.next() {
///     try await classifier.predict(part.images) { results in
///         for await case .prediction(let prediction) in results { print(prediction.time ?? 0, prediction.label) }
///     }
/// }
/// ```
public final class ImageInputParts {
    /// Where images come from.
    private enum Source {
        case images([String])
        /// Images of folders with videos, and notes about the folders.
        case listed(any ImageDataset, notes: [String])
        case video(String)
    }

    /// The maximum number of frames in a part, and that of the bytes of their files together, of which only the last
    /// frame may exceed it.
    private static let (mostFrames, mostBytes) = (64, 64 << 20)

    private let interval: Duration
    private let readsFolders: Bool
    private let cache: String?
    private var sources: ArraySlice<Source>
    private var remaining: Int
    private var video: (path: String, reader: VideoReader)?
    /// Notes for the user about the videos so far, such as parts that could not be decoded.
    public private(set) var notes: [String] = []
    /// The first folder or archive that can't be read, or has no images.
    package private(set) var firstProblem: DatasetError?
    /// Why the video ended after its last frame.
    private var failure: (path: String, reason: any Error)?

    /// Opens files, folders, URLs, videos and streams in their order.
    ///
    /// A file is a video by its extension (`mp4`, `mov`, `mkv` and others), a URL a stream by `VideoReader.isStream`.
    /// Videos in folders are read only if the time between frames is given.
    ///
    /// - Parameters:
    ///   - paths: files, folders and URLs.
    ///   - interval: the time between frames; nil for a second.
    ///   - limit: the largest number of images and frames, the first ones.
    ///   - cache: a folder that keeps images at URLs; nil to fetch them each time.
    public init(paths: [String], every interval: Duration? = nil, limit: Int? = nil, cache: String? = nil) {
        self.interval = interval ?? FrameInterval.standard.duration
        readsFolders = interval != nil
        self.cache = cache
        remaining = limit ?? .max
        sources = Self.sources(of: paths)[...]
    }

    /// Whether a path or URL is that of a video or a stream.
    package static func isVideo(_ path: String) -> Bool { VideoReader.isStream(path) || VideoReader.isVideo(path) }

    private static func sources(of paths: [String]) -> [Source] {
        var sources: [Source] = []
        for path in paths {
            if isVideo(path) {
                sources.append(.video(path))
            } else if case .images(let others)? = sources.last {
                sources[sources.count - 1] = .images(others + [path])
            } else {
                sources.append(.images([path]))
            }
        }
        return sources
    }

    /// Inserts the images and videos of a list before the other sources.
    private func insert(_ list: ImageList) {
        var parts: [Source] = []
        var (start, notes) = (0, list.notes)
        func add(upTo end: Int) {
            guard end > start else { return }
            let isWhole = end - start == list.count
            parts.append(.listed(isWhole ? list : Subset(of: list, indices: Array(start..<end)), notes: notes))
            notes = []
        }
        for index in 0..<list.count where VideoReader.isVideo(list.name(at: index)) {
            add(upTo: index)
            parts.append(.video(list.name(at: index)))
            start = index + 1
        }
        add(upTo: list.count)
        sources = parts + sources
        self.notes += notes
        firstProblem = firstProblem ?? list.firstProblem
    }

    /// Returns the next images; nil at the end. Waits for the next frame of a video.
    ///
    /// A video that can't be read, or is cut or damaged, has an image at its end that fails with the reason.
    ///
    /// - Throws: `CancellationError` if the task is canceled.
    public func next() throws -> ImageInput? {
        while remaining > 0 {
            if let (path, reason) = failure {
                failure = nil
                return part(UnreadableVideo(path, reason))
            }
            if let video {
                let frames = try frames(of: video.reader, video.path)
                if !frames.isEmpty { return part(VideoFrames(frames, of: video.path)) }
                continue
            }
            switch sources.popFirst() {
            case nil: return nil
            case .images(let paths) where readsFolders:
                insert(ImageList(withVideos: paths, cache: cache))
            case .listed(let images, let notes):
                let count = min(images.count, remaining)
                remaining -= count
                return ImageInput(
                    count < images.count ? Subset(of: images, indices: Array(0..<count)) : images, isLabeled: false,
                    notes: notes)
            case .images(let paths):
                let input = ImageInput(partOfList: paths, limit: remaining, cache: cache)
                remaining -= input.images.count
                firstProblem = firstProblem ?? input.firstProblem
                return input
            case .video(let path):
                do {
                    video = (path, try VideoReader(path: path, every: interval))
                } catch {
                    failure = (path, error)
                }
            }
        }
        close()
        return nil
    }

    private func part(_ images: any ImageDataset) -> ImageInput {
        remaining -= images.count
        return ImageInput(images, isLabeled: false)
    }

    /// Reads the next frames: of a stream one, of a file those of a second. Closes the video at its end.
    private func frames(of reader: VideoReader, _ path: String) throws -> [VideoFrame] {
        let isStream = VideoReader.isStream(path)
        var (frames, bytes): ([VideoFrame], Int) = ([], 0)
        var began = ContinuousClock.now
        do {
            while frames.count < min(Self.mostFrames, remaining), bytes < Self.mostBytes {
                guard let frame = try reader.next() else {
                    // The URL of a stream may contain a password.
                    let name = isStream ? "the stream" : path
                    if let warning = reader.warning { notes.append("\(name): \(warning)") }
                    close()
                    break
                }
                if frames.isEmpty { began = .now }
                frames.append(frame)
                bytes += frame.image.heldBytes
                if isStream || .now - began > .seconds(1) { break }
            }
        } catch let error as CancellationError {
            close()
            throw error
        } catch {
            close()
            failure = (path, error)
        }
        return frames
    }

    /// Ends the program that reads a video.
    private func close() {
        video?.reader.close()
        video = nil
    }

    deinit { close() }
}
