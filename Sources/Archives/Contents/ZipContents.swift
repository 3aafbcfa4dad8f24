internal import Platform

/// Reads the directory of a ZIP archive.
enum ZipContents {
    /// The files and folders, and the number of links, which are left out.
    ///
    /// Throws for anything that a careful unpacker refuses: see `ArchiveError.Code`.
    static func index(
        of file: ArchiveFile, limits: ArchiveLimits
    ) throws(ArchiveError) -> (index: ArchiveIndex, leftOut: Int) {
        let count = min(file.size, ZipEnd.longest)
        let tail = try file.bytes(at: file.size - count, count: count)
        let end = try tail.withTypedBytes { tail throws(ArchiveError) in
            try ZipEnd(tail: tail, at: file.size - count) { position, count throws(ArchiveError) in
                try file.bytes(at: position, count: count)
            }
        }
        guard end.directory.count <= limits.directoryBytes else {
            throw ArchiveError(
                .tooLarge, "its directory has \(end.directory.count) bytes, more than \(limits.directoryBytes)")
        }
        let directory = try file.bytes(at: end.directory.lowerBound, count: end.directory.count)
        var builder = ArchiveIndex.Builder(limits)
        var leftOut = 0
        var ranges: [Range<Int>] = []
        try directory.withTypedBytes { directory throws(ArchiveError) in
            var cursor = ArchiveCursor(directory)
            for _ in 0..<end.count {
                let entry = try ZipEntry(&cursor)
                let name = try entry.decodedName()
                guard !entry.isLink else {
                    leftOut += 1
                    continue
                }
                guard name.last != UInt8(ascii: "/") else {
                    try builder.add(folder: name)
                    continue
                }
                try check(entry, named: name, end: end.directory.lowerBound, limits: limits)
                let header = entry.header
                // The name and the extra field of the record's own header may be longer.
                let least = ZipHeader.ownLength + header.nameLength + header.packed
                ranges.append(entry.place..<entry.place + least)
                try builder.add(
                    file: name, header.method == .stored ? .zipStored : .zipDeflated, position: entry.place,
                    packed: header.packed, size: header.size, crc32: UInt32(truncatingIfNeeded: header.crc32))
            }
        }
        let index = try builder.finish()
        ranges.sort { $0.lowerBound < $1.lowerBound }
        for (one, next) in zip(ranges, ranges.dropFirst()) where one.upperBound > next.lowerBound {
            throw ArchiveError(.overlap, "two of its files share bytes, at byte \(next.lowerBound)")
        }
        return (index, leftOut)
    }

    private static func check(
        _ entry: ZipEntry, named name: [UInt8], end: Int, limits: ArchiveLimits
    ) throws(ArchiveError) {
        let header = entry.header
        guard !header.isEncrypted else { throw ArchiveError(.encrypted, "its file \(shownMember(name)) is encrypted") }
        let (least, overflow) = header.packed.addingReportingOverflow(ZipHeader.ownLength + header.nameLength)
        guard !overflow, entry.place <= end, least <= end - entry.place else {
            throw ArchiveError(.truncated, "its file \(shownMember(name)) is out of its bounds")
        }
        switch header.method {
        case .stored:
            guard header.packed == header.size else {
                throw .damaged("its file \(shownMember(name)) has two sizes, \(header.packed) and \(header.size)")
            }
        case .deflated:
            let (most, overflow) = header.packed.multipliedReportingOverflow(by: limits.inflation)
            guard overflow || header.size <= most else {
                throw ArchiveError(
                    .tooLarge,
                    "its file \(shownMember(name)) would decompress from \(header.packed) to \(header.size) bytes, "
                        + "which is impossible")
            }
        case .other(let method):
            throw ArchiveError(
                .unsupported,
                "its file \(shownMember(name)) is compressed by method \(method)\(Self.names[method] ?? ""), but only "
                    + "Deflate is supported")
        }
    }

    /// APPNOTE 4.4.5.
    private static let names = [
        1: " (Shrink)", 6: " (Implode)", 9: " (Deflate64)", 12: " (bzip2)", 14: " (LZMA)", 93: " (Zstandard)",
        95: " (XZ)", 97: " (WavPack)", 98: " (PPMd)",
    ]
}

extension ZipEntry {
    /// The name as UTF-8.
    ///
    /// A name without the mark for UTF-8 is in the code page 437 of the first PCs, but Unix programs write UTF-8 there
    /// too. Info-ZIP's extra field 0x7075 has the name in UTF-8, with the checksum of the other one.
    fileprivate func decodedName() throws(ArchiveError) -> [UInt8] {
        let plain = Array(name)
        if header.hasUTF8Name { return plain }
        if var field = try extraField(0x7075), field.remaining > 5, try field.number(1) == 1,
            try field.number(4) == Int(InflateStream.crc32(0, name))
        {
            return Array(try field.slice(field.remaining))
        }
        if plain.allSatisfy({ $0 < 0x80 }) || String(validating: plain, as: UTF8.self) != nil { return plain }
        return plain.flatMap { byte in
            byte < 0x80 ? [byte] : Array(String(Self.codePage437[Int(byte) - 0x80]).utf8)
        }
    }

    /// The characters of the bytes from 0x80 on.
    private static let codePage437 = Array(
        ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»"
            + "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}").unicodeScalars)
}

extension [UInt8] {
    /// Calls `body` with the bytes; `withUnsafeBytes` does not pass on a typed error.
    func withTypedBytes<Value, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result = withUnsafeBytes { bytes -> Result<Value, Failure> in
            Result { () throws(Failure) in try body(bytes) }
        }
        return try result.get()
    }
}
