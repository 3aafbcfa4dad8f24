/// Finds the pairs of 64-bit hashes that differ in few bits, without comparing all with all.
///
/// Multi-index hashing (Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012): of two
/// hashes that differ in at most 7 bits, one of the four 16-bit quarters differs in at most one. So for each quarter a
/// hash is compared with those that have the same there, or one bit else.
struct HashNeighbours {
    /// The largest distance for which no pair is missed.
    static let largestDistance = 7

    private static let quarters = 4

    /// Calls the body with the places of each pair, once, the lower place first.
    static func forEachPair(of hashes: [UInt64], within distance: Int, _ body: (Int, Int) -> Void) {
        precondition(distance <= largestDistance, "Pairs further apart would be missed.")
        for quarter in 0..<quarters {
            let buckets = Buckets(hashes, quarter: quarter)
            for (place, hash) in hashes.enumerated() {
                let key = Self.key(hash, quarter: quarter)
                for probe in -1..<16 {
                    for other in buckets[probe < 0 ? key : key ^ 1 << probe] where other > place {
                        let difference = hash ^ hashes[other]
                        // A pair is told by the first quarter that finds it.
                        if difference.nonzeroBitCount <= distance,
                            (0..<quarter).allSatisfy({ Self.key(difference, quarter: $0).nonzeroBitCount > 1 })
                        {
                            body(place, other)
                        }
                    }
                }
            }
        }
    }

    private static func key(_ hash: UInt64, quarter: Int) -> Int { Int(hash >> UInt64(16 * quarter) & 0xFFFF) }

    /// The places of the hashes, sorted by a quarter.
    private struct Buckets {
        private var starts = [Int](repeating: 0, count: 65_537)
        private var places: [Int]

        init(_ hashes: [UInt64], quarter: Int) {
            for hash in hashes { starts[key(hash, quarter: quarter) + 1] += 1 }
            for bucket in 0..<65_536 { starts[bucket + 1] += starts[bucket] }
            places = Array(repeating: 0, count: hashes.count)
            var next = starts
            for (place, hash) in hashes.enumerated() {
                let bucket = key(hash, quarter: quarter)
                places[next[bucket]] = place
                next[bucket] += 1
            }
        }

        subscript(key: Int) -> ArraySlice<Int> { places[starts[key]..<starts[key + 1]] }
    }
}
