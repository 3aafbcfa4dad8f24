internal import Archives
internal import Dispatch
internal import LibC
internal import Platform
internal import Web

/// The identity of an image in a dataset, independent of the dataset's location.
package struct ImageIdentity: Sendable, Hashable {
    /// The file's path relative to the dataset's folder, in bytes; the name in messages for an image without a file.
    package let name: [UInt8]
    /// A checksum of the file's length, start, middle and end; 0 if it cannot be read.
    package let content: UInt64

    package init(name: [UInt8], content: UInt64) { (self.name, self.content) = (name, content) }
}

extension ImageDataset {
    /// The identities of all images, in order.
    ///
    /// At most 12 KB of each file are read, by several threads; all of a file that is compressed in an archive.
    ///
    /// - Parameter folder: The folder of the dataset.
    /// - Throws: `DatasetError` if the machine fails, because the image itself is unchanged.
    package func identities(within folder: String) throws(DatasetError) -> [ImageIdentity] {
        let root = FilePath(folder)
        var contents = [UInt64](repeating: 0, count: count)
        let workers = Swift.min(count, 16)
        let failure = Monitor<DatasetError?>(nil)
        contents.withUnsafeMutableBufferPointer { contents in
            nonisolated(unsafe) let contents = contents
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                for index in stride(from: worker, to: contents.count, by: workers) {
                    guard failure.withLock({ $0 == nil }) else { return }
                    do throws(DatasetError) {
                        contents[index] = try self.content(at: index)
                    } catch {
                        failure.withLock { $0 = error }
                    }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return contents.enumerated().map { index, content in
            if case .file(let file)? = (try? encodedImage(at: index))?.content {
                return ImageIdentity(name: file.bytes(within: root), content: content)
            }
            return ImageIdentity(name: Array(name(at: index).utf8), content: content)
        }
    }

    private func content(at index: Int) throws(DatasetError) -> UInt64 {
        switch (try? encodedImage(at: index))?.content {
        case .file(let file):
            return try SystemFailure.retrying { () throws(DatasetError) -> UInt64 in
                do throws(SystemError) {
                    return try file.sampledDigest()
                } catch {
                    guard SystemFailure.includes(error.code) else { return 0 }
                    throw file.failure(error.code)
                }
            } while: {
                $0.code == .system
            }
        case .url(let url, _):
            // Nothing is fetched for this.
            var digest = Digest64()
            digest.add(url.text)
            return digest.value
        case .bytes(let bytes): return bytes.withUnsafeBytes { Digest64.values(of: [$0])[0] }
        case nil:
            guard let image = try? image(at: index, options: .init()) else { return 0 }
            return image.pixels.withUnsafeBytes { Digest64.values(of: [$0])[0] }
        }
    }
}

extension OpenedDataset {
    /// The folder to which the names of images are relative.
    package var folder: String {
        if location.layout == .shards, !location.isListed { return location.folder.text }
        guard location.layout == .table || location.isListed else { return location.path }
        return options.root ?? FilePath(location.path).parent.text
    }
}

extension FilePath {
    /// A checksum of a file's length and of three samples of its bytes; 0 if it is not a file or shrinks meanwhile.
    fileprivate func sampledDigest() throws(SystemError) -> UInt64 {
        let file = withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else {
            let error = SystemError.last
            guard error.code == ENOTDIR else { throw error }
            return try memberDigest()
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .last }
        guard status.st_mode & S_IFMT == S_IFREG else { return 0 }
        let size = Int(status.st_size)
        var digest = Digest64(seed: UInt64(size))
        var buffer = [UInt8](repeating: 0, count: Self.sampleSize)
        for sample in Self.samples(ofSize: size) {
            let count = pread(file, &buffer, sample.count, off_t(sample.lowerBound))
            guard count >= 0 else { throw .last }
            guard count > 0 else { return 0 }
            buffer.withUnsafeBytes { digest.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return max(digest.value, 1)
    }

    /// The same checksum of a file in an archive; 0 if it is damaged.
    private func memberDigest() throws(SystemError) -> UInt64 {
        do {
            guard let member = try archiveMember(), member.kind == .file else { return 0 }
            var digest = Digest64(seed: UInt64(member.size))
            for part in try member.parts(Self.samples(ofSize: member.size)) {
                part.withUnsafeBytes { digest.add($0) }
            }
            return max(digest.value, 1)
        } catch {
            let code = (error as? ArchiveError ?? (error as? FileStore.Failure)?.error)?.systemCode ?? 0
            guard SystemFailure.includes(code) else { return 0 }
            throw SystemError(code: code)
        }
    }

    private static let sampleSize = 4096

    /// The parts of a file that the checksum covers. A file that is not larger than three samples is covered
    /// completely.
    private static func samples(ofSize size: Int) -> [Range<Int>] {
        let starts =
            size <= 3 * sampleSize
            ? stride(from: 0, to: size, by: sampleSize).map { $0 }
            : [0, size / 2 - sampleSize / 2, size - sampleSize]
        return starts.map { $0..<min($0 + sampleSize, size) }
    }
}
