package import Images
internal import TorchVision

/// Finds duplicate images.
package struct DuplicateFinder: Sendable {
    /// Groups of images with the same bytes, as indices in order; groups are ordered by their first image.
    package let exact: [[Int]]

    /// Groups of similar images, including exact copies. At least two of a group differ in their bytes.
    package let near: [[Int]]

    private init(exact: [[Int]], near: [[Int]]) { (self.exact, self.near) = (exact, near) }

    /// The same without some groups.
    func without(_ isExpected: (_ group: [Int], _ isExact: Bool) -> Bool) -> DuplicateFinder {
        DuplicateFinder(
            exact: exact.filter { !isExpected($0, true) }, near: near.filter { !isExpected($0, false) })
    }

    /// Compares images. Unreadable ones are in no group.
    package init(_ images: [ImageExamination]) {
        var byDigest: [String: [Int]] = [:]
        for (place, image) in images.enumerated() {
            guard let digest = image.digest, case .success = image.content else { continue }
            byDigest[digest, default: []].append(place)
        }
        let copies = byDigest.values.sorted { $0[0] < $1[0] }
        exact = copies.filter { $0.count > 1 }

        // One of each group of copies is compared.
        var byHash: [UInt64: [Int]] = [:]
        let fingerprints = copies.map { group -> ImageFingerprint? in
            guard case .success(let content) = images[group[0]].content else { return nil }
            return content.fingerprint
        }
        for (group, fingerprint) in fingerprints.enumerated() {
            if let fingerprint { byHash[fingerprint.bits, default: []].append(group) }
        }
        var sets = DisjointSets(count: copies.count)
        func join(_ one: Int, _ other: Int) -> Bool {
            guard let first = fingerprints[one], let second = fingerprints[other], first.isNear(second) else {
                return false
            }
            sets.join(one, other)
            return true
        }
        // Images with the same hash are compared with one of each kind only, because there may be thousands.
        let hashes = byHash.keys.sorted()
        let kinds = hashes.map { hash in
            byHash[hash, default: []].reduce(into: [Int]()) { kinds, group in
                if !kinds.contains(where: { join($0, group) }) { kinds.append(group) }
            }
        }
        HashNeighbors.forEachPair(of: hashes, within: ImageFingerprint.largestDistance) { left, right in
            for one in kinds[left] {
                for other in kinds[right] { _ = join(one, other) }
            }
        }
        near = sets.sets.filter { $0.count > 1 }.map { $0.flatMap { copies[$0] }.sorted() }.sorted { $0[0] < $1[0] }
    }
}

/// A disjoint-set structure: union by the lower number, with path halving.
private struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func join(_ one: Int, _ other: Int) {
        let (one, other) = (root(one), root(other))
        parents[max(one, other)] = min(one, other)
    }

    private mutating func root(_ member: Int) -> Int {
        var member = member
        while parents[member] != member {
            parents[member] = parents[parents[member]]
            member = parents[member]
        }
        return member
    }

    /// All sets, including those of one member.
    var sets: [[Int]] {
        var copy = self
        var sets: [Int: [Int]] = [:]
        for member in parents.indices { sets[copy.root(member), default: []].append(member) }
        return sets.keys.sorted().map { sets[$0, default: []] }
    }
}

/// Finds the pairs of 64-bit hashes that differ in few bits, without comparing all pairs.
///
/// Multi-index hashing (Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012): if
/// two hashes differ in at most 7 bits, one of the four 16-bit quarters differs in at most one bit. So for each
/// quarter, a hash is compared with those whose quarter is equal or differs in one bit.
struct HashNeighbors {
    /// The largest distance for which all pairs are found.
    static let largestDistance = 7

    private static let quarters = 4

    /// Calls the body once for each pair with its indices, the lower one first.
    static func forEachPair(of hashes: [UInt64], within distance: Int, _ body: (Int, Int) -> Void) {
        precondition(distance <= largestDistance, "The distance is at most \(largestDistance).")
        for quarter in 0..<quarters {
            let buckets = Buckets(hashes, quarter: quarter)
            for (place, hash) in hashes.enumerated() {
                let key = Self.key(hash, quarter: quarter)
                for probe in -1..<16 {
                    for other in buckets[probe < 0 ? key : key ^ 1 << probe] where other > place {
                        let difference = hash ^ hashes[other]
                        // Only the first quarter that finds a pair reports it.
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

    /// The indices of the hashes, grouped by the value of a quarter.
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
