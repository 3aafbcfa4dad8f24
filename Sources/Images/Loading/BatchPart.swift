/// The part of each batch that one of several processes reads: contiguous images, nearly the same number for each.
package struct BatchPart: Sendable, Equatable {
    /// The number of the process, from 0, and the number of processes.
    package let index: Int, count: Int
    /// The smallest number of images in a part that has any.
    private let least: Int

    /// Creates the part of a process.
    package init(_ index: Int, of count: Int, atLeast least: Int = 1) {
        precondition(count > 0 && (0..<count).contains(index), "part \(index) of \(count)")
        (self.index, self.count, self.least) = (index, count, least)
    }

    /// Returns the part of a batch. If the images can't be divided evenly, the first parts have one more. If they are
    /// too few for all parts, the last parts have none.
    package func range(of batch: Range<Int>) -> Range<Int> {
        let parts = max(1, min(count, batch.count / least))
        guard index < parts else { return batch.upperBound..<batch.upperBound }
        let (size, rest) = batch.count.quotientAndRemainder(dividingBy: parts)
        let lower = batch.lowerBound + index * size + min(index, rest)
        return lower..<lower + size + (index < rest ? 1 : 0)
    }

    /// Returns the largest number of images in this part of a batch with up to `count` images.
    func largest(upTo count: Int) -> Int { (0...count).map { range(of: 0..<$0).count }.max() ?? 0 }
}
