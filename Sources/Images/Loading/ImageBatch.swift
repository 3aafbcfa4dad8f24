internal import Platform
internal import Web

/// An unreadable image and the reason.
public struct SampleFailure: Error, Sendable, CustomStringConvertible {
    /// Its index in the dataset.
    public let index: Int

    /// Its name in the dataset, usually a path.
    public let name: String

    /// The reason.
    public let error: any Error

    package init(index: Int, name: String, error: any Error) {
        (self.index, self.name, self.error) = (index, name, error)
    }

    /// The name and the reason, for display: without the password of a URL.
    public var description: String {
        let shown = FilePath(name).webURL?.printable ?? VideoSource.Stream(name)?.shown
        let (name, reason) = (shown ?? name, "\(error)")
        return reason.contains(name) ? reason : "\(name): \(reason)"
    }
}

/// Images of one size, ready for conversion to a tensor: 8-bit pixels `[count, height, width, 3]` with their labels.
///
/// Its memory returns to the loader when the batch is released. A delivered batch is immutable.
public final class ImageBatch: @unchecked Sendable {
    /// The batch's number in the epoch, from 0; a resumed epoch continues counting.
    public let number: Int

    /// The number of the last batch joined to this one; equal to `number` if none was joined.
    public let lastNumber: Int

    /// The number of images.
    public let count: Int

    /// The size of each image.
    public let height: Int, width: Int

    /// The label of each image.
    public let labels: [Int]

    /// The index of each image in the dataset.
    public let indices: [Int]

    /// The unreadable images of this batch. There are no gaps for them.
    public let failures: [SampleFailure]

    // Workers write it before this object exists; afterwards it is only read.
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

    /// The images of two successive batches, in new memory.
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

    /// The pixels, `count * height * width * 3` bytes, valid as long as the batch exists.
    public var pixels: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[..<(count * height * width * 3)])
    }

    /// Calls the body with the pixels, `count * height * width * 3` bytes, valid only during the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pixels) }
    }

    /// A copy of one of the images after the transforms.
    public func image(at place: Int) -> Image {
        let size = height * width * 3
        return withUnsafeBytes { bytes in
            Image(width: width, height: height, pixels: Array(bytes[(place * size)..<((place + 1) * size)]))
        }
    }
}

/// A batch that workers fill.
struct PendingBatch {
    let number: Int
    /// The indices of its samples in the dataset.
    let indices: [Int]
    let buffer: UnsafeMutableRawBufferPointer
    var labels: [Int]
    var failures: [(place: Int, failure: SampleFailure)] = []
    /// The number of unfinished samples.
    var remaining: Int

    init(number: Int, indices: [Int], buffer: UnsafeMutableRawBufferPointer) {
        self.number = number
        self.indices = indices
        self.buffer = buffer
        labels = Array(repeating: 0, count: indices.count)
        remaining = indices.count
    }
}

/// Buffers of one size that are reused, so that a steady loop allocates no memory.
final class BufferPool: Sendable {
    private let byteCount: Int
    private let capacity: Int
    private let free: Monitor<[UnsafeMutableRawBufferPointer]>

    /// `capacity`: the maximum number of unused buffers.
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
