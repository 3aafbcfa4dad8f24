/// A height and a width: of a kernel, a stride, a padding. A whole number stands for both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// Along the rows, from top to bottom.
    public let height: Int
    /// Along the columns, from left to right.
    public let width: Int

    /// A height and a width.
    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    /// The same in both directions.
    public init(_ side: Int) { self.init(side, side) }

    /// The same in both directions.
    public init(integerLiteral side: Int) { self.init(side) }

    var array: [Int] { [height, width] }
}
