internal import Archives
internal import Platform

/// The videos among the files of a dataset, for notes.
struct VideoCounts: Sendable, Hashable {
    private var seen: Set<FilePath> = []
    private var interval: Duration?
    private var frameCount = 0
    private var size = 0
    private var problems: [String] = []
    private var problemCount = 0

    /// The frames of a file if it is a video and videos are read; otherwise the file itself.
    ///
    /// A frame is itself, but its video is read.
    mutating func images(of file: FilePath, every interval: Duration?) throws(DatasetError) -> [FilePath] {
        guard let interval else { return [file] }
        if let video = file.video {
            if !seen.contains(video), video.status()?.kind == .file { _ = try frames(of: video, every: interval) }
            return [file]
        }
        guard VideoReader.isVideo(file.bytes), file.status()?.kind == .file else { return [file] }
        return try frames(of: file, every: interval)
    }

    /// The frames of a video in the order of their times. None if it cannot be read, which is noted.
    ///
    /// Throws if ffmpeg is not installed, if the machine fails, or if the task is canceled.
    mutating func frames(of file: FilePath, every interval: Duration) throws(DatasetError) -> [FilePath] {
        guard ExecutableFile.path(of: "ffmpeg") != nil else {
            throw DatasetError(
                .unreadable, path: file.text,
                "this is a video; its frames are read with the program ffmpeg, which is not installed. Install it (in "
                    + "Debian: ffmpeg), or leave videos out.")
        }
        let isNew = seen.insert(file).inserted
        self.interval = interval
        do {
            let video = try VideoStore.shared.video(at: file, every: interval)
            if isNew {
                (frameCount, size) = (frameCount + video.names.count, size + video.size)
                if let warning = video.warning { add("\(file.text): \(warning)") }
            }
            return video.names.map { file.appending($0) }
        } catch let error as ImageError where !error.isSystemFailure {
            let isInArchive = file.status() == nil && file.foundStatus() != nil
            if isNew {
                add(
                    "video \(file.text) is left out: "
                        + (isInArchive ? "videos in archives are not read, unpack it" : error.message))
            }
            return []
        } catch let error as ImageError {
            throw DatasetError(.system, path: file.text, "\(error.message).")
        } catch let error as ArchiveError {
            throw DatasetError(FileStore.Failure(archive: file, error: error))
        } catch {
            throw DatasetError(.unreadable, path: file.text, "the work was canceled while it was read. Try again.")
        }
    }

    private mutating func add(_ problem: String) {
        problemCount += 1
        if problems.count < 5 { problems.append(problem) }
    }

    mutating func merge(_ other: VideoCounts) {
        seen.formUnion(other.seen)
        interval = interval ?? other.interval
        (frameCount, size) = (frameCount + other.frameCount, size + other.size)
        problems += other.problems.prefix(5 - problems.count)
        problemCount += other.problemCount
    }

    /// Notes for the user, one sentence each.
    var notes: [String] {
        guard let interval, !seen.isEmpty else { return [] }
        var notes = problems
        if problemCount > problems.count {
            notes.append("there are problems with \(problemCount - problems.count) more videos")
        }
        let seconds = interval / .seconds(1)
        let shown = seconds == seconds.rounded() ? seconds.fixed(0) : "\(seconds)"
        notes.append(
            "\(frameCount == 1 ? "1 image is a frame" : "\(frameCount) images are frames") of "
                + "\(seen.count == 1 ? "1 video" : "\(seen.count) videos"), one every \(shown) s "
                + "(\((Double(size) / 1e6).fixed(1)) MB of temporary space)")
        return notes
    }
}
