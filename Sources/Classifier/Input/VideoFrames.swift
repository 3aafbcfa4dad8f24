internal import Foundation
package import Images

/// Images that are frames of a video.
package protocol TimedImages: ImageDataset {
    /// The time of a frame in seconds from the start of the video.
    func time(at index: Int) -> Double
}

/// Some frames of a video, without labels. Each has the path of the video as its name.
struct VideoFrames: TimedImages {
    private let path: String
    private let frames: [VideoFrame]

    init(_ frames: [VideoFrame], of path: String) { (self.frames, self.path) = (frames, path) }

    var classNames: [String] { [""] }
    var count: Int { frames.count }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { path }
    func time(at index: Int) -> Double { frames[index].time }

    func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: frames[index].image, options: options)
    }

    func encodedImage(at index: Int) throws -> EncodedImage? { frames[index].image }

    func selecting(_ indices: [Int]) -> VideoFrames { VideoFrames(indices.map { frames[$0] }, of: path) }
}

/// A video that can't be read: one image that fails with the reason.
struct UnreadableVideo: ImageDataset {
    private let path: String
    private let reason: any Error

    init(_ path: String, _ reason: any Error) { (self.path, self.reason) = (path, reason) }

    var classNames: [String] { [""] }
    var count: Int { 1 }
    func label(at index: Int) -> Int { 0 }
    func name(at index: Int) -> String { path }
    func image(at index: Int, options: ImageReadingOptions) throws -> Image { throw reason }
    func encodedImage(at index: Int) throws -> EncodedImage? { throw reason }
}

extension ImageInput {
    /// Returns some of the images; frames of a video keep their times.
    package func selecting(_ indices: [Int]) -> ImageInput {
        let video = images as? VideoFrames
        return ImageInput(
            video?.selecting(indices) ?? Subset(of: images, indices: indices) as any ImageDataset, isLabeled: isLabeled,
            notes: notes)
    }
}

extension Double {
    /// A time in a video for people: `0:12.0`, `1:02:03.25`, with as many digits as needed, at least one and at most
    /// three.
    package var videoTime: String {
        let milliseconds = Int((Swift.min(Swift.max(self, 0), 1e12) * 1000).rounded())
        let seconds = milliseconds / 1000
        var digits = String(printf: "%03d", milliseconds % 1000)
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let start = hours > 0 ? String(printf: "%d:%02d", hours, minutes) : "\(minutes)"
        return start + String(printf: ":%02d.", seconds % 60) + digits
    }
}
