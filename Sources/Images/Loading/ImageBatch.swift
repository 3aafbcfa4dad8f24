internal import Platform

/// An image that could not be read, and why.
public struct SampleFailure: Error, Sendable, CustomStringConvertible {
    /// Its place in the dataset.
    public let index: Int

    /// What the dataset calls it: a path, as a rule.
    public let name: String

    /// What went wrong.
    public let error: any Error

    package init(index: Int, name: String, error: any Error) {
        (self.index, self.name, self.error) = (index, name, error)
    }

    /// The name and the reason, ready to be shown.
    public var description: String {
        let reason = "\(error)"
        return reason.contains(name) ? reason : "\(name): \(reason)"
    }
}

/// Images of one size, ready to become a tensor: 8-bit pixels `[count, height, width, 3]`, with their labels.
///
/// Its memory goes back to the loader when the batch is let go of. Nothing changes a batch once it is delivered.
public final class ImageBatch: @unchecked Sendable {
    /// The batch's number within the epoch, from 0; a resumed epoch goes on counting.
    public let number: Int

    /// The number of the last batch whose images are in it: more than `number` where a batch with too few joined it.
    public let lastNumber: Int

    /// How many images it holds.
    public let count: Int

    /// The size of each image.
    public let height: Int, width: Int

    /// The label of each image.
    public let labels: [Int]

    /// The place of each image in the dataset.
    public let indices: [Int]

    /// The images that should be here and could not be read. Their places are closed up.
    public let failures: [SampleFailure]

    // Written by the workers before this object exists, and read only from then on.
    private let buffer: UnsafeMutableRawBufferPointer
    private let pool: BufferPool?

    init(_ pending: PendingBatch, height: Int, width: Int, pool: BufferPool) {
        let failures = pending.failures.sorted { $0.place < $1.place }
        let failedPlaces = Set(failures.map(\.place))
        let places = pending.indices.indices.filter { !failedPlaces.contains($0) }
        if !failures.isEmpty {
            let size = height * width * 3
            for (target, place) in places.enumerated() where target != place {
                let bytes = pending.buffer[(place * size)..<((place + 1) * size)]
                UnsafeMutableRawBufferPointer(rebasing: pending.buffer[(target * size)...])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes))
            }
        }
        (number, lastNumber) = (pending.number, pending.number)
        count = places.count
        labels = places.map { pending.labels[$0] }
        indices = places.map { pending.indices[$0] }
        self.failures = failures.map(\.failure)
        self.height = height
        self.width = width
        self.pool = pool
        buffer = pending.buffer
    }

    /// The images of two batches that follow each other, in memory of their own.
    init(joining first: ImageBatch, _ second: ImageBatch) {
        (number, lastNumber) = (first.number, second.lastNumber)
        count = first.count + second.count
        (height, width) = (first.height, first.width)
        labels = first.labels + second.labels
        indices = first.indices + second.indices
        failures = first.failures + second.failures
        pool = nil
        buffer = .allocate(byteCount: count * height * width * 3, alignment: 64)
        first.withUnsafeBytes { buffer.copyMemory(from: $0) }
        second.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: buffer[first.pixels.count...]).copyMemory(from: $0)
        }
    }

    deinit {
        if let pool { pool.give(back: buffer) } else { buffer.deallocate() }
    }

    /// The pixels, `count * height * width * 3` bytes, valid as long as the batch lives.
    public var pixels: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[..<(count * height * width * 3)])
    }

    /// Calls the body with the pixels: `count * height * width * 3` bytes, which are valid during the call only.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pixels) }
    }

    /// A copy of one of the images, as the transforms left it.
    public func image(at place: Int) -> Image {
        let size = height * width * 3
        return withUnsafeBytes { bytes in
            Image(width: width, height: height, pixels: Array(bytes[(place * size)..<((place + 1) * size)]))
        }
    }
}

/// A batch that workers are filling.
struct PendingBatch {
    let number: Int
    /// The places of its samples in the dataset.
    let indices: [Int]
    let buffer: UnsafeMutableRawBufferPointer
    var labels: [Int]
    var failures: [(place: Int, failure: SampleFailure)] = []
    /// How many samples are still to be finished.
    var remaining: Int

    init(number: Int, indices: [Int], buffer: UnsafeMutableRawBufferPointer) {
        self.number = number
        self.indices = indices
        self.buffer = buffer
        labels = Array(repeating: 0, count: indices.count)
        remaining = indices.count
    }
}

/// Buffers of one size that are used again, so that a steady loop allocates nothing.
final class BufferPool: Sendable {
    private let byteCount: Int
    private let capacity: Int
    private let free: Monitor<[UnsafeMutableRawBufferPointer]>

    /// `capacity`: how many unused buffers are kept.
    init(byteCount: Int, capacity: Int) {
        self.byteCount = byteCount
        self.capacity = capacity
        free = Monitor([])
    }

    deinit {
        free.withLock { $0.forEach { $0.deallocate() } }
    }

    func take() -> UnsafeMutableRawBufferPointer {
        free.withLock { $0.popLast() } ?? .allocate(byteCount: byteCount, alignment: 64)
    }

    func give(back buffer: UnsafeMutableRawBufferPointer) {
        let isKept = free.withLock { free in
            guard free.count < capacity else { return false }
            free.append(buffer)
            return true
        }
        if !isKept { buffer.deallocate() }
    }
}
