import Foundation
import Images
import TestSupport
import Testing

@testable import Classifier

@Suite("Frames of videos") struct FrameIntervalTests {
    @Test(
        "A time between frames is read and written",
        arguments: [
            ("500ms", 500, "500ms"), ("1s", 1000, "1s"), ("2m", 120_000, "2m"), ("1.5", 1500, "1500ms"),
            ("1.5s", 1500, "1500ms"), ("0.5m", 30_000, "30s"), ("90s", 90_000, "90s"), ("1", 1000, "1s"),
            ("0.25", 250, "250ms"), ("1ms", 1, "1ms"),
        ])
    func notation(text: String, milliseconds: Int, written: String) throws {
        let interval = try FrameInterval(text)
        #expect(interval.duration == .milliseconds(milliseconds) && interval.description == written)
        #expect(try FrameInterval(written) == interval)
    }

    @Test("A part of a millisecond is kept") func fraction() throws {
        let interval = try FrameInterval("0.0333")
        #expect(interval.description == "0.0333" && interval.duration == .microseconds(33_300))
    }

    @Test(
        "Another text is an error that shows it",
        arguments: ["", "s", "0", "0s", "-1s", "1h", "nan", "inf", "1e9", "0.5ms", "2000m", " 1s", "1 s", "1s\u{202E}"])
    func wrong(text: String) {
        let error = #expect(throws: NotationError.self) { try FrameInterval(text) }
        #expect(error?.reason.contains("500ms, 1s, 2m") == true)
    }

    @Test("A time in a video is shown with the digits that it needs") func times() {
        let times = [0, 12, 12.25, 61.5, 3723.033, 59.9996, -1, .infinity, 7200].map(\.videoTime)
        #expect(
            times == [
                "0:00.0", "0:12.0", "0:12.25", "1:01.5", "1:02:03.033", "1:00.0", "0:00.0", "277777777:46:40.0",
                "2:00:00.0",
            ])
    }

    @Test("Images without videos are one part, and a missing video is an image that fails") func parts() throws {
        try withTemporaryFolder { folder in
            let paths = ["a.png", "b.png"].map { folder.appending(path: $0).path }
            for path in paths { try Data(Image(width: 2, height: 2).pngData()).write(to: URL(filePath: path)) }
            let parts = ImageInputParts(paths: [paths[0], "\(nowhere)/clip.mp4", paths[1], paths[0]], limit: 3)
            let first = try #require(try parts.next())
            #expect(first.images.count == 1 && first.images.name(at: 0) == paths[0])
            let video = try #require(try parts.next())
            #expect(video.images.name(at: 0) == "\(nowhere)/clip.mp4" && video.place(at: 0) == "\(nowhere)/clip.mp4")
            #expect(throws: ImageError.self) { try video.images.encodedImage(at: 0) }
            let last = try #require(try parts.next())
            #expect(last.images.count == 1 && last.images.name(at: 0) == paths[1])
            #expect(try parts.next() == nil)
        }
    }
}
