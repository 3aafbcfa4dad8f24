internal import Platform

/// Where frames come from, and what ffmpeg may open for it.
struct VideoSource {
    /// The location as ffmpeg takes it.
    let location: String
    /// The location for messages, without a name and a password.
    let shown: String
    /// Nil for a file.
    private let stream: Stream?

    var isStream: Bool { stream != nil }

    /// Throws if there is no such file.
    init(_ path: String) throws(ImageError) {
        stream = Stream(path)
        if let stream {
            (location, shown) = (path, stream.shown)
            return
        }
        (location, shown) = ("file:" + path, path)
        guard !path.utf8.contains(0) else {
            throw ImageError(.unreadable, path: path, message: "the path contains a NUL byte")
        }
        switch FilePath(path).look() {
        case .success(let status) where status.kind == .file: break
        case .success: throw ImageError(.unreadable, path: path, message: "this is not a file")
        case .failure(let error): throw ImageError("can't be opened", code: error.code).naming(path: path)
        }
    }

    /// The formats of files. Playlists are not among them, because they name other files and servers.
    private static let fileFormats = [
        "mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "ogg", "asf",
    ]

    /// The input and its limits.
    var arguments: [String] {
        let (protocols, formats) = stream?.allowed ?? (["file"], Self.fileFormats)
        return ["-protocol_whitelist", protocols.joined(separator: ",")]
            + ["-format_whitelist", formats.joined(separator: ","), "-i", location]
    }

    /// The URL of a stream.
    struct Stream {
        /// The URL without a name and a password.
        let shown: String
        private let scheme: String
        /// The extension of the path, in lower case.
        private let pathExtension: String

        /// Nil for anything else.
        init?(_ location: String) {
            guard let end = location.firstRange(of: "://"), location.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
                return nil
            }
            scheme = location[..<end.lowerBound].lowercased()
            let rest = location[end.upperBound...]
            let authority = rest.prefix { !"/?#".contains($0) }
            let path = rest[authority.endIndex...].prefix { !"?#".contains($0) }
            pathExtension = FilePath(bytes: Array(path.utf8)).fileExtension ?? ""
            switch scheme {
            case "rtsp", "rtsps", "rtmp", "rtmps", "udp", "tcp", "srt": break
            case "http", "https":
                guard ["m3u8", "mpd"].contains(pathExtension) || VideoReader.isVideo(Array(path.utf8)) else {
                    return nil
                }
            default: return nil
            }
            let host = authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority[...]
            shown = "\(scheme)://\(host)\(rest[authority.endIndex...])"
        }

        /// The protocols and formats that the stream may use.
        fileprivate var allowed: (protocols: [String], formats: [String]) {
            let web = ["http", "https", "tcp", "tls", "crypto", "data", "httpproxy"]
            // What the parts of a playlist contain.
            let parts = VideoSource.fileFormats + ["aac", "mp3", "ac3", "eac3", "webvtt"]
            return switch scheme {
            case "rtsp", "rtsps": (["rtp", "udp", "tcp", "tls"], ["rtsp", "rtp", "sdp", "mpegts"])
            case "rtmp", "rtmps": (["rtmp", "rtmps", "tcp", "tls"], ["flv", "live_flv"])
            case "http", "https":
                switch pathExtension {
                case "m3u8": (web, ["hls"] + parts)
                case "mpd": (web, ["dash"] + parts)
                default: (web, VideoSource.fileFormats)
                }
            default: ([scheme], VideoSource.fileFormats)
            }
        }
    }
}
