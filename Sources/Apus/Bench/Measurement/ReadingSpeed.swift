internal import Foundation
internal import Images
internal import Platform

/// The speed of reading files without decoding them.
package struct ReadingSpeed: Sendable, Equatable, Codable {
    /// The images in a second.
    package let rate: MeasuredRate
    /// The mean size of a file in bytes.
    package let bytesPerImage: Double
    /// The fraction of the bytes that came from the disk, from 0 to 1; the rest was in the system's memory. Nil if the
    /// system does not report it.
    package let fractionFromDisk: Double?

    /// The bytes in a second.
    package var bytesPerSecond: Double { rate.imagesPerSecond * bytesPerImage }
}

/// Reads the files of a dataset once, in the order of the first epoch, with the threads of the loader.
struct FileReading {
    private let loader: DataLoader
    private var rest: ArraySlice<Int>
    private var (images, bytes) = (0, 0)
    private let diskBytesBefore = Self.diskBytes

    /// Prepares the reading; nil if the images are not in files.
    init?(_ loader: DataLoader) {
        self.loader = loader
        rest = loader.indices(epoch: 0)[...]
        guard let first = rest.first, let image = try? loader.dataset.encodedImage(at: first), image.heldBytes == 0
        else { return nil }
    }

    /// Reads the next files.
    ///
    /// - Returns: The number of readable images; nil after the last file.
    mutating func next() -> Int? {
        guard !rest.isEmpty else { return nil }
        let chunk = rest.prefix(max(32, 8 * loader.workers))
        rest = rest.dropFirst(chunk.count)
        let state = Monitor((rest: chunk, images: 0, bytes: 0))
        let (dataset, options) = (loader.dataset, loader.reading)
        let work: @Sendable () -> Void = {
            while let index = state.withLock({ $0.rest.popFirst() }) {
                guard let size = try? dataset.encodedImage(at: index)?.read(options: options) else { continue }
                state.withLock { ($0.images, $0.bytes) = ($0.images + 1, $0.bytes + size) }
            }
        }
        let threads = (0..<loader.workers).compactMap { _ in WorkerThread(work) }
        if threads.isEmpty { work() }
        threads.forEach { $0.join() }
        let read = state.withLock { (images: $0.images, bytes: $0.bytes) }
        (images, bytes) = (images + read.images, bytes + read.bytes)
        return read.images
    }

    /// Returns the speed with a rate that was measured.
    func speed(_ rate: MeasuredRate) -> ReadingSpeed {
        let fromDisk = diskBytesBefore.flatMap { before in Self.diskBytes.map { Double($0 - before) } }
        return ReadingSpeed(
            rate: rate, bytesPerImage: Double(bytes) / Double(max(1, images)),
            fractionFromDisk: fromDisk.map { min(1, $0 / Double(max(1, bytes))) })
    }

    /// The bytes that the process has read from disks so far; nil if the system does not report it.
    private static var diskBytes: Int? {
        let lines = (try? String(contentsOfFile: "/proc/self/io", encoding: .utf8))?.split(separator: "\n")
        let key = "read_bytes: "
        return lines?.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
    }
}
