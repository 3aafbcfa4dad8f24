import Foundation
import TestSupport
import Testing

@testable import Images

/// Readers with a script in place of ffmpeg.
@Suite("Programs that read videos") struct VideoProgramTests {
    private let folder: TemporaryFolder
    private let clip: String

    init() throws {
        folder = try TemporaryFolder()
        clip = try folder.write("clip.mp4", [0])
        try folder.write("frame.png", Self.frame)
    }

    private static let frame = (try? Image(width: 4, height: 3) { $0.initialize(repeating: 7) }.pngData()) ?? []

    /// What ffmpeg prints before the frames.
    private static let start = "[Parsed_showinfo_2 @ 0x1] [info] config in time_base: 1/12800, frame_rate: 25/1"

    /// A reader whose program is a shell script. `$frame` is a PNG, and `time` prints the time of a frame in units.
    private func reader(_ script: String, stallLimit: Duration = .seconds(60)) throws -> VideoReader {
        try folder.make("bin")
        let text = """
            #!/bin/sh
            frame='\(folder.path("frame.png"))'
            note() { echo "$1" >&2; }
            time() { note "[Parsed_showinfo_2 @ 0x1] [info] n:   0 pts:$1 pts_time:1 pos: 0 fmt:yuv420p"; }
            echo $$ > '\(folder.path("pid"))'
            \(script)
            """
        // Another process writes it: a process started at the same time could hold the file open and block its
        // execution.
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", #"printf '%s\n' "$1" > "$2" && chmod +x "$2""#, "sh", text, folder.path("bin/ffmpeg")]
        try shell.run()
        shell.waitUntilExit()
        return try VideoReader(
            path: clip, every: .seconds(1), searchPath: "relative:/nowhere:" + folder.path("bin"),
            stallLimit: stallLimit)
    }

    private func error(_ script: String, stallLimit: Duration = .seconds(60)) throws -> ImageError? {
        let reader = try reader(script, stallLimit: stallLimit)
        let error = #expect(throws: ImageError.self) { while try reader.next() != nil {} }
        #expect(error?.path == clip)
        #expect(try reader.next() == nil, "nothing follows an error")
        return error
    }

    /// Whether the program has ended.
    private func isGone() throws -> Bool {
        let text = try String(contentsOfFile: folder.path("pid"), encoding: .utf8)
        let process = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
        return kill(process, 0) != 0
    }

    @Test("Frames have the times that ffmpeg prints, in its units") func frames() throws {
        let reader = try reader(
            """
            note '\(Self.start)'; time '      0'; cat "$frame"; note 'noise'
            note '[Parsed_showinfo_0 @ 0x2] [info] n: 7 pts: 5'
            time 12800006; printf '[error] a part is missing\\n' >&2; cat "$frame" "$frame"; time -6400
            """)
        let frames = [try reader.next(), try reader.next(), try reader.next()].compactMap { $0 }
        #expect(frames.map(\.time) == [0, 1000.00046875, -0.5])
        #expect(frames.allSatisfy { $0.bytes == Self.frame })
        #expect(try Image(decoding: frames[0].image).pixels[5] == 7)
        #expect(try reader.next() == nil)
        #expect(reader.warning?.hasSuffix("while it read the video: a part is missing") == true)
    }

    @Test("A program that decodes nothing is ended") func hang() throws {
        let began = ContinuousClock.now
        let script = "sleep 100 & while :; do note '[error] again'; sleep 0.05; done"
        let error = try error(script, stallLimit: .milliseconds(500))
        #expect(error?.code == .damaged && error?.message.hasPrefix("ffmpeg decoded no frame within") == true)
        #expect(ContinuousClock.now - began < .seconds(50))
        #expect(try isGone())
    }

    @Test("Decoding without chosen frames is progress") func progress() throws {
        let reader = try reader(
            """
            for n in 1 2 3 4 5 6 7 8; do note '[Parsed_showinfo_0 @ 0x2] [info] n: 7 pts: 5'; sleep 0.25; done
            note '\(Self.start)'; time 5; cat "$frame"
            """, stallLimit: .seconds(1))
        #expect(try reader.next() != nil)
    }

    @Test("The reason that the program prints is in the error")
    func failure() throws {
        let reason = try error(
            "note '[error] file:\(clip): Invalid data found'; note '[fatal] Conversion failed!'; exit 1")
        #expect(reason?.code == .damaged && reason?.message == "ffmpeg can't read it: Invalid data found")
        #expect(try error("exit 3")?.message == "ffmpeg can't read it (status 3)")
        #expect(try error("kill -SEGV $$")?.message == "ffmpeg crashed (signal 11)")
        #expect(try error("exit 0")?.code == .empty)
        let old = try error("note '[fatal] Unrecognized option fps_mode'; exit 1")
        #expect(old?.code == .unsupported && old?.description.contains("5.1") == true)
        #expect(try error("note \"[fatal] Stream map '0:v:0' matches no streams.\"; exit 1")?.code == .unrecognized)
    }

    @Test(
        "Other output than frames is refused",
        arguments: [
            ("echo garbage", ImageError.Code.damaged),
            ("head -c 30 \"$frame\"; echo garbage", .damaged),
            ("head -c 50 \"$frame\"", .damaged),
            // 1 x 2^31 pixels.
            (#"head -c 16 "$frame"; printf '\0\0\0\1\200\0\0\0\10\2\0\0\0\0\0\0\0'; sleep 100"#, .tooLarge),
            // A chunk of 2 GB, and bytes without an end.
            (#"head -c 33 "$frame"; printf '\177\377\377\377IDAT'; cat /dev/zero"#, .tooLarge),
            ("cat \"$frame\"", .unsupported),
            ("note '[Parsed_showinfo_2 @ 0x1] [info] n: 0 pts:NOPTS pts_time:NOPTS'; cat \"$frame\"", .unsupported),
        ]) func output(script: String, code: ImageError.Code) throws
    {
        #expect(try error(script)?.code == code)
        #expect(try isGone())
    }

    @Test("Endless frames are read one by one, and the program ends with the reader") func endless() throws {
        let reader = try reader("note '\(Self.start)'; while :; do time 5; cat \"$frame\"; done")
        for _ in 0..<50 { #expect(try reader.next()?.time == 5.0 / 12800) }
        reader.close()
        #expect(try reader.next() == nil)
        #expect(try isGone())
    }

    @Test("A canceled task ends the program") func cancellation() async throws {
        let reader = try reader("exec sleep 100")
        let sent = Sent(reader)
        let task = Task.detached { _ = try sent.value.next() }
        let started = folder.path("pid")
        cancel(task) { (try? String(contentsOfFile: started, encoding: .utf8))?.hasSuffix("\n") == true }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try isGone())
    }

    private struct Sent: @unchecked Sendable {
        let value: VideoReader

        init(_ value: VideoReader) { self.value = value }
    }

    @Test("A missing program, a missing file and an interval of zero are errors") func preparation() throws {
        func error(_ path: String, _ interval: Duration = .seconds(1)) -> ImageError? {
            #expect(throws: ImageError.self) { try VideoReader(path: path, every: interval, searchPath: "/nowhere:.") }
        }
        let missing = error(clip)
        #expect(
            missing?.code == .unsupported && missing?.description.contains("ffmpeg, which is not installed") == true)
        #expect(error(folder.path("none.mp4"))?.code == .unreadable)
        #expect(error(folder.path)?.code == .unreadable)
        #expect(error(clip, .zero)?.message == "the time between frames must be more than zero")
    }

    @Test("Names and URLs show what is a video and a stream") func kinds() {
        #expect(VideoReader.isVideo("a/Clip.MP4") && VideoReader.isVideo("x.webm"))
        #expect(!VideoReader.isVideo("a.mp4/x") && !VideoReader.isVideo("mp4") && !VideoReader.isVideo("a.png"))
        for stream in ["rtsp://cam/1", "RTSP://me:secret@cam:554/1", "udp://@:1234", "https://host/live.m3u8?key=1"] {
            #expect(VideoReader.isStream(stream), "\(stream)")
        }
        for other in ["https://host/photo.jpg", "http://host/", "file:///a.mp4", "rtsp:/cam", "clip.mp4", "rtsp://a b"]
        {
            #expect(!VideoReader.isStream(other), "\(other)")
        }
        let source = try? VideoSource("rtsp://me:secret@cam:554/1?x#y")
        #expect(source?.shown == "rtsp://cam:554/1?x#y")
    }
}

/// Readers of real videos.
@Suite("Frames of videos", .enabled(if: FFmpeg.isInstalled, "ffmpeg is not installed"))
struct VideoReaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func frames(_ name: String, every interval: Duration) throws -> [VideoFrame] {
        let reader = try VideoReader(path: folder.path(name), every: interval)
        var frames: [VideoFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        #expect(reader.warning == nil)
        return frames
    }

    /// The frame that ffmpeg itself writes.
    private func oracle(_ name: String, at time: Double) throws -> Image {
        let arguments = ["-ss", "\(time)", "-i", name, "-frames:v", "1", "-pix_fmt", "rgb24", "oracle.png"]
        #expect(try FFmpeg.succeeds(arguments, in: folder.path))
        return try Image(contentsOf: folder.path("oracle.png"))
    }

    @Test("Frames equal those that ffmpeg writes, at the same times", arguments: ["mp4", "mkv", "avi", "mov", "ts"])
    func equal(format: String) throws {
        // A name that could be an option or a protocol.
        let name = "-concat:\n'clip'.\(format)"
        try FFmpeg.writeVideo("clip." + format, ["-bf", "0"], in: folder.path)
        try FileManager.default.moveItem(atPath: folder.path("clip." + format), toPath: folder.path(name))
        let frames = try frames(name, every: .milliseconds(400))
        try FileManager.default.moveItem(atPath: folder.path(name), toPath: folder.path("clip." + format))
        #expect(frames.count == 8)
        for (place, frame) in frames.enumerated() {
            #expect(abs(frame.time - Double(place) * 0.4) < 0.002)
            guard format != "ts" else { continue }
            let image = try Image(decoding: frame.image)
            #expect(try image.pixels == oracle("clip." + format, at: Double(place) * 0.4).pixels, "frame \(place)")
        }
    }

    @Test("A turned video gives upright frames") func rotation() throws {
        try FFmpeg.writeVideo("clip.mp4", in: folder.path)
        let copy = ["-i", "clip.mp4", "-c", "copy"]
        let isNew = try FFmpeg.succeeds(["-display_rotation", "90"] + copy + ["turned.mp4"], in: folder.path)
        if !isNew {
            #expect(try FFmpeg.succeeds(copy + ["-metadata:s:v:0", "rotate=90", "turned.mp4"], in: folder.path))
        }
        let frame = try #require(try frames("turned.mp4", every: .seconds(5)).first)
        let image = try Image(decoding: frame.image)
        #expect(image.width == 64 && image.height == 96)
        #expect(try image.pixels == oracle("turned.mp4", at: 0).pixels)
    }

    @Test("A variable frame rate gives the first frame in each interval") func variableRate() throws {
        let choice = ["-vf", "select='lt(n,10)+not(mod(n,7))'", "-fps_mode", "vfr", "-bf", "0"]
        try FFmpeg.writeVideo("clip.mp4", choice, in: folder.path)
        let frames = try frames("clip.mp4", every: .milliseconds(500))
        let expected = [0, 0.56, 1.12, 1.68, 2.24, 2.52]
        #expect(frames.count == expected.count)
        for (frame, time) in zip(frames, expected) {
            #expect(abs(frame.time - time) < 0.001)
            #expect(try Image(decoding: frame.image).pixels == oracle("clip.mp4", at: time).pixels)
        }
    }

    @Test("A short interval gives every frame, and a frame rate of 29.97 does not drift") func intervals() throws {
        try FFmpeg.writeVideo("clip.mp4", of: "testsrc2=s=32x32:r=30000/1001:d=4", ["-bf", "0"], in: folder.path)
        #expect(try frames("clip.mp4", every: .milliseconds(1)).count == 120)
        let times = try frames("clip.mp4", every: .milliseconds(100)).map(\.time)
        #expect(times.count == 40)
        for (place, time) in times.enumerated() {
            #expect(time + 1e-4 >= Double(place) * 0.1 && time < Double(place) * 0.1 + 0.0335)
        }
    }

    @Test("Files that are no videos are refused, and a playlist is not followed") func refused() throws {
        try FFmpeg.writeVideo("clip.mp4", in: folder.path)
        func error(_ name: String) -> ImageError? {
            #expect(throws: ImageError.self) { try frames(name, every: .seconds(1)) }
        }
        let server = try LoopbackServer([
            "/clip.mp4": .body([UInt8](Data(contentsOf: URL(filePath: folder.path("clip.mp4")))))
        ])
        defer { server.stop() }
        for (place, target) in [folder.path("clip.mp4"), "clip.mp4", server.url("/clip.mp4")].enumerated() {
            let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n\(target)\n#EXT-X-ENDLIST\n"
            try folder.write("hls\(place).mp4", playlist.utf8)
            try folder.write("concat\(place).mp4", "ffconcat version 1.0\nfile '\(target)'\n".utf8)
            for name in ["hls\(place).mp4", "concat\(place).mp4"] {
                let error = error(name)
                #expect(error?.code == .unsupported, "\(String(describing: error))")
            }
        }
        #expect(server.requests.isEmpty)
        try folder.write("text.mp4", "no video at all".utf8)
        #expect(error("text.mp4") != nil)
        let cut = try Data(contentsOf: URL(filePath: folder.path("clip.mp4"))).prefix(5000)
        try folder.write("cut.mp4", cut)
        #expect(error("cut.mp4")?.code == .damaged)
        #expect(try FFmpeg.succeeds(["-f", "lavfi", "-i", "sine=d=1", "sound.mp4"], in: folder.path))
        #expect(error("sound.mp4")?.message == "it contains no video")
    }

    @Test("An incomplete video gives its frames and a warning") func incomplete() throws {
        try FFmpeg.writeVideo("whole.mp4", ["-movflags", "+faststart"], in: folder.path)
        let whole = try Data(contentsOf: URL(filePath: folder.path("whole.mp4")))
        try folder.write("clip.mp4", whole.prefix(whole.count * 2 / 3))
        let reader = try VideoReader(path: folder.path("clip.mp4"), every: .milliseconds(200))
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect((5..<15).contains(count))
        #expect(reader.warning?.contains("while it read the video: ") == true)
    }

    @Test("A stream of a web server is read") func stream() throws {
        let parts = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-g", "25"]
        try FFmpeg.writeVideo("live.m3u8", parts + ["-c:v", "mpeg2video"], in: folder.path)
        var answers: [String: LoopbackServer.Answer] = [:]
        for name in try folder.names() where name.hasPrefix("live") {
            answers["/" + name] = .body([UInt8](try Data(contentsOf: URL(filePath: folder.path(name)))))
        }
        let server = try LoopbackServer(answers)
        defer { server.stop() }
        let reader = try VideoReader(path: server.url("/live.m3u8"), every: .seconds(1))
        var times: [Double] = []
        while let frame = try reader.next() { times.append(frame.time) }
        #expect(times.count == 3)
        let missing = try VideoReader(path: server.url("/none.m3u8"), every: .seconds(1))
        let error = #expect(throws: ImageError.self) { try missing.next() }
        #expect(error?.code == .unavailable)
    }
}
