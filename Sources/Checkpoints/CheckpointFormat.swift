internal import Platform

/// The formats of checkpoint files, detected by content because names are often wrong.
enum CheckpointFormat {
    /// `torch.save` since PyTorch 1.6.
    case zip
    /// `torch.save` before PyTorch 1.6.
    case legacy
    /// `torch.save` before PyTorch 0.1.10.
    case tar
    case safetensors

    /// Returns the format of the file in `bytes`. Throws an error that describes other files.
    init(_ bytes: UnsafeRawBufferPointer) throws(CheckpointFault) {
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .zip
        } else if LegacyCheckpoint.matches(bytes) {
            self = .legacy
        } else if TarArchive.matches(bytes) {
            self = .tar
        } else if Self.isSafetensors(bytes) {
            self = .safetensors
        } else {
            throw Self.fault(for: bytes)
        }
    }

    /// A plausible header length, followed by the header's first character.
    private static func isSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        return length <= SafetensorsFormat.maximumHeaderBytes
    }

    private static let advice = "use a .pth or .safetensors file"
    private static let again = "the download failed: download the file again from its direct URL"

    private static func fault(for bytes: UnsafeRawBufferPointer) -> CheckpointFault {
        if bytes.isEmpty {
            return CheckpointFault(.damaged, "it is empty", advice: again)
        }
        let start = String(decoding: bytes.prefix(512), as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if ["<!doctype", "<html", "<head", "<?xml", "<!--"].contains(where: { start.lowercased().hasPrefix($0) }) {
            return CheckpointFault(.unsupported, "it looks like a web page, not a checkpoint", advice: again)
        }
        if start.hasPrefix("version https://git-lfs") {
            return CheckpointFault(
                .unsupported, "it is a Git LFS pointer instead of the checkpoint",
                advice: "download the file with git lfs pull")
        }
        if bytes[0] == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) {
            return CheckpointFault(
                .unsupported, "it is a pickle, but not one that torch.save wrote",
                advice: "save the weights in Python, with torch.save(model.state_dict(), file)")
        }
        for (signature, name) in signatures where bytes.starts(with: signature) {
            return CheckpointFault(.unsupported, "it is \(name), not a PyTorch checkpoint", advice: advice)
        }
        if bytes.prefix(512).allSatisfy({ $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }) {
            let line = String(start.prefix { !$0.isNewline }.prefix(40)).shown
            return CheckpointFault(
                .unsupported, "it is text, not a checkpoint: '\(line)'",
                advice: advice + "; if this file was downloaded, download it again")
        }
        return CheckpointFault(
            .unsupported, "it is neither a PyTorch nor a safetensors file, or its start is damaged", advice: advice)
    }

    private static let signatures: [([UInt8], String)] = [
        ([0x1F, 0x8B], "a gzip file"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file (Keras)"),
        ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy array"),
        ([0x42, 0x5A, 0x68], "a bzip2 file"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file"),
        ([0x47, 0x47, 0x55, 0x46], "a GGUF file"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
    ]
}

extension CheckpointLayout {
    /// Reads the content of the file in `bytes`, whatever its format.
    package init(of bytes: UnsafeRawBufferPointer, stateKey: String?) throws(CheckpointFault) {
        switch try CheckpointFormat(bytes) {
        case .zip: self = try ZipCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .legacy: self = try LegacyCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .tar: self = try TarCheckpoint.layout(of: bytes, stateKey: stateKey)
        case .safetensors:
            self = try SafetensorsReader.layout(of: bytes)
            prefix = stateKey ?? ""
        }
        if !prefix.isEmpty { try select(prefix) }
        try checkProportion(to: bytes.count)
    }

    /// The texts of a file, without reading the tensors' bytes.
    package static func metadata(ofFile path: String) throws(CheckpointError) -> [String: String] {
        try reading(path) { bytes throws(CheckpointFault) in try Self(of: bytes, stateKey: nil).metadata }
    }

    /// Checks a file's bytes against its checksums, if it has any.
    package static func verify(file path: String) throws(CheckpointError) {
        try reading(path) { bytes throws(CheckpointFault) in
            try Self(of: bytes, stateKey: nil).verify(in: bytes)
        }
    }

    private static func reading<Result>(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws(CheckpointFault) -> Result
    ) throws(CheckpointError) -> Result {
        let file: MappedFile
        do throws(FileError) { file = try MappedFile(path: path) } catch { throw CheckpointError(error) }
        do throws(CheckpointFault) {
            return try file.withUnsafeBytes(body)
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Keeps the tensors whose names start with a prefix, and removes the prefix. A safetensors file has no other
    /// parts.
    private mutating func select(_ prefix: String) throws(CheckpointFault) {
        let start = prefix + "."
        let chosen = entries.filter { $0.name.hasPrefix(start) }
        guard !chosen.isEmpty else {
            let parts = entries.map { String($0.name.prefix { $0 != "." }) }
            var seen: Set<ExactString> = []
            let shown = parts.filter { seen.insert(ExactString($0)).inserted }.prefix(12)
            throw CheckpointFault(
                .notFound, "it has no tensors whose names start with '\(start.shown)'",
                advice: "its names start with \(shown.map { "'\($0.shown)'" }.joined(separator: ", "))"
            )
        }
        entries = chosen.map {
            Entry(name: String($0.name.dropFirst(start.count)), storage: $0.storage, view: $0.view)
        }
        moduleVersions = moduleVersions.compactMap { module, version in
            if module == prefix { return ("", version) }
            return module.hasPrefix(start) ? (String(module.dropFirst(start.count)), version) : nil
        }
    }

    /// Rejects content that needs far more memory than the file: strides of 0 and many names take little space in a
    /// file.
    private func checkProportion(to fileSize: Int) throws(CheckpointFault) {
        guard entries.count <= 4096 + fileSize / 32 else {
            throw .damaged("it has \(entries.count) names, far more than a file of this size needs")
        }
        // Several names may share the values, as those of shared layers do. A tensor by itself contains few elements
        // twice.
        let (limit, largest) = (16 << 20 + 32 * fileSize, 16 << 20 + 4 * fileSize)
        var total = 0
        for entry in entries {
            let size = entry.view.count * storages[entry.storage].dtype.byteCount
            guard size <= min(limit - total, largest) else {
                throw CheckpointFault(
                    .damaged,
                    "tensor '\(entry.name.shown)' of shape \(entry.view.shape) would need"
                        + " \(size) bytes in memory, far more than the file",
                    advice: "the file is damaged or designed to exhaust memory: use another copy, or save it in Python"
                        + " with each tensor's contiguous().clone()")
            }
            total += size
        }
    }
}
