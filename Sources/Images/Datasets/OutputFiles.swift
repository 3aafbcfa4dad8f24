internal import LibC
internal import Platform

/// Files written by Apus, which may be among the images of a dataset.
extension FilePath {
    /// The entries of a folder without outputs of Apus, which are counted in `ignored`.
    ///
    /// A folder is an output if it is a training run, or if it contains outputs and no other images.
    func dataEntries(ignored: inout IgnoredFiles) throws(DatasetError) -> [FolderEntry] {
        var entries: [FolderEntry] = []
        for entry in try folderEntries() {
            let path = appending(entry.name)
            let isOutput =
                switch entry.kind {
                case .file: path.isMarkedImage
                case .folder: path.isRun || path.holdsOutputsAlone
                case .special, nil: false
                }
            if isOutput { ignored.add(output: path) } else { entries.append(entry) }
        }
        return entries
    }

    /// Whether a training run uses this folder. A run that has just started has only the lock file.
    var isRun: Bool {
        func has(_ name: String) -> Bool {
            let file = appending(name)
            if file.withCString({ access($0, F_OK) }) == 0 { return true }
            return errno == ENOTDIR && (try? file.archiveMember()) != nil
        }
        let files = ["split.csv", "log.jsonl", "metrics.csv", "checkpoint.safetensors", "best.safetensors"]
        if has("config.json"), files.contains(where: has) { return true }
        guard has(".lock") else { return false }
        var hasImages = false
        try? visitEntries { entry in
            hasImages = ImageFiles.accepts(entry.name) || (try? holdsImage(entry)) ?? true
            return !hasImages
        }
        return !hasImages
    }

    /// Whether the file is an image drawn by Apus: a chart, a sheet, an explanation. Its metadata shows it.
    var isMarkedImage: Bool {
        guard fileExtension == "png" else { return false }
        let file = withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else {
            guard errno == ENOTDIR, let member = try? archiveMember() else { return false }
            let end = OutputMark.pngOffset + OutputMark.pngChunk.count
            return ((try? member.prefix(end)) ?? []).dropFirst(OutputMark.pngOffset).elementsEqual(OutputMark.pngChunk)
        }
        defer { close(file) }
        var found = [UInt8](repeating: 0, count: OutputMark.pngChunk.count)
        let count = pread(file, &found, found.count, off_t(OutputMark.pngOffset))
        return count == found.count && found == OutputMark.pngChunk
    }

    /// Whether the folder and its subfolders contain outputs and no other images.
    private var holdsOutputsAlone: Bool {
        var visited = Set([status()?.identity].compactMap(\.self))
        var waiting = [self]
        var hasOutputs = false
        while let folder = waiting.popLast() {
            var hasImages = false
            // An unreadable folder is reported when its images are listed.
            guard
                (try? folder.visitEntries { entry in
                    let path = folder.appending(entry.name)
                    if entry.kind == .folder {
                        if path.isRun {
                            hasOutputs = true
                        } else if let identity = entry.identity, visited.insert(identity).inserted {
                            waiting.append(path)
                        }
                    } else if ImageFiles.accepts(entry.name) || (try? folder.holdsImage(entry)) ?? true {
                        if path.isMarkedImage { hasOutputs = true } else { hasImages = true }
                    }
                    return !hasImages
                }) != nil, !hasImages
            else { return false }
        }
        return hasOutputs
    }
}

/// The marker in images written by Apus, so that they are not used as data later.
package enum OutputMark {
    /// A `tEXt` chunk of PNG, `Software: Apus`, with its checksum: the PNG specification, third edition, 11.3.3.
    package static let pngChunk: [UInt8] =
        [0, 0, 0, 13] + Array("tEXtSoftware\u{0}Apus".utf8) + [0xD6, 0xB2, 0x5D, 0xB6]

    /// The position of the marker in a file: after the signature and the header.
    package static let pngOffset = 33

    /// The bytes of a PNG file with the marker.
    package static func marked(png bytes: [UInt8]) -> [UInt8] {
        bytes.count < pngOffset ? bytes : Array(bytes[..<pngOffset]) + pngChunk + bytes[pngOffset...]
    }
}
