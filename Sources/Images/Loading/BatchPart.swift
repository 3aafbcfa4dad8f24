/// The part of each batch that one of several processes reads: contiguous images, nearly the same number for each.
package struct BatchPart: Sendable, Equatable {
    /// The number of the process, from 0, and the number of processes.
    package let index: Int, count: Int

    /// Creates the part of a process.
    package init(_ index: Int, of count: Int) {
        precondition(count > 0 && (0..<count).contains(index), "part \(index) of \(count)")
        (self.index, self.count) = (index, count)
    }

    /// Returns the part of a batch. If the images can't be divided evenly, the first parts have one more.
    package func range(of batch: Range<Int>) -> Range<Int> {
        let (size, rest) = batch.count.quotientAndRemainder(dividingBy: count)
        let lower = batch.lowerBound + index * size + min(index, rest)
        return lower..<lower + size + (index < rest ? 1 : 0)
    }
}
