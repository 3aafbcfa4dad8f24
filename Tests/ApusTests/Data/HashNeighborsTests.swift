import Testing

@testable import Apus

@Suite("Pairs of hashes that differ in few bits")
struct HashNeighborsTests {
    private struct Pair: Hashable {
        let first: Int, second: Int
    }

    /// Hashes around a few centers, with pairs at every distance.
    private func hashes(count: Int) -> [UInt64] {
        var random = SystemRandomNumberGenerator()
        let centers = (0..<20).map { _ in random.next() }
        var hashes: Set<UInt64> = []
        while hashes.count < count {
            var hash = centers[Int.random(in: 0..<20)]
            for _ in 0..<Int.random(in: 0...9) { hash ^= 1 << UInt64.random(in: 0..<64) }
            hashes.insert(hash)
        }
        return Array(hashes)
    }

    @Test("All pairs are found once, as by a comparison of all with all", arguments: [0, 1, 4, 6, 7])
    func allPairs(distance: Int) {
        let hashes = hashes(count: 600)
        var found: [Pair: Int] = [:]
        HashNeighbors.forEachPair(of: hashes, within: distance) { found[Pair(first: $0, second: $1), default: 0] += 1 }
        var expected: Set<Pair> = []
        for first in hashes.indices {
            for second in hashes.indices.dropFirst(first + 1)
            where (hashes[first] ^ hashes[second]).nonzeroBitCount <= distance {
                expected.insert(Pair(first: first, second: second))
            }
        }
        #expect(Set(found.keys) == expected)
        #expect(found.values.allSatisfy { $0 == 1 })
        #expect(distance < 4 || expected.count > 100)
    }

    @Test("An empty list and a single hash have no pairs")
    func few() {
        HashNeighbors.forEachPair(of: [], within: 6) { _, _ in Issue.record("There is no pair.") }
        HashNeighbors.forEachPair(of: [7], within: 6) { _, _ in Issue.record("There is no pair.") }
    }
}
