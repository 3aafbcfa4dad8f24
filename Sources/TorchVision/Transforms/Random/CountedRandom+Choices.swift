extension CountedRandom {
    /// True or false, each with the same chance.
    public mutating func coin() -> Bool {
        next() >> 63 == 1
    }

    /// The numbers from 0 up to `count`, every order with the same chance (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var numbers = Array(0..<count)
        for last in numbers.indices.reversed() {
            numbers.swapAt(last, uniform(below: last + 1))
        }
        return numbers
    }
}
