/// What a random number is drawn for. Numbers of different streams have nothing to do with each other, though seed and
/// index be the same.
enum RandomStream {
    static let shuffle: UInt64 = 0x7368_7566
    static let split: UInt64 = 0x7370_6c69
    static let weighted: UInt64 = 0x7765_6967
    static let limit: UInt64 = 0x6c69_6d69
    static let draw: UInt64 = 0x6472_6177
}

/// One random number for each index, dependent on (seed, epoch, index) alone.
///
/// Sorting by such keys shuffles evenly, and what happens to one index does not depend on how many others there are.
func randomKeys(count: Int, seed: UInt64, epoch: Int = 0, stream: UInt64) -> [UInt64] {
    (0..<count).map { index in
        var random = CountedRandom(seed: seed, epoch: epoch, index: index, stream: stream)
        return random.next()
    }
}

/// The numbers from 0 up to `count` in a random order that depends on the seed and the epoch.
func shuffledIndices(count: Int, seed: UInt64, epoch: Int = 0, stream: UInt64) -> [Int] {
    let keys = randomKeys(count: count, seed: seed, epoch: epoch, stream: stream)
    return (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
}

/// As many places as there are weights, each drawn in proportion to them. What the n-th is depends on the seed, the
/// epoch, n and the weights alone.
func weightedIndices(_ weights: [Double], seed: UInt64, epoch: Int) -> [Int] {
    var sum = 0.0
    let sums = weights.map { weight in
        sum += weight
        return sum
    }
    let last = weights.lastIndex { $0 > 0 } ?? 0
    return weights.indices.map { draw in
        var random = CountedRandom(seed: seed, epoch: epoch, index: draw, stream: RandomStream.weighted)
        let target = random.uniform() * sum
        // The first place whose sum lies beyond the target; never one of weight 0.
        var (low, high) = (0, last)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
