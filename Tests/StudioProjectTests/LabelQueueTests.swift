import Images
import StudioProject
import Testing

@Suite struct LabelQueueTests {
    /// Random features around centers on axes: photo `i` is near axis `i % clusters`.
    private func clusters(_ count: Int, clusters: Int, dimension: Int) -> [Float] {
        var random = CountedRandom(seed: 5, epoch: 0, index: 0)
        return (0..<count).flatMap { row in
            (0..<dimension).map { column in
                Float((column == row % clusters ? 10 : 0) + random.uniform(in: -0.5...0.5))
            }
        }
    }

    @Test("Without probabilities one photo of each kind is chosen before a second one")
    func diverse() {
        let features = clusters(60, clusters: 6, dimension: 20)
        let ids = (0..<60).map { $0 + 1000 }
        let chosen = LabelQueue.choose(6, of: ids, features: features, dimension: 20)
        #expect(Set(chosen.map { ($0 - 1000) % 6 }).count == 6)
    }

    @Test("Kinds of which there are labeled photos come last")
    func labeled() {
        let features = clusters(60, clusters: 6, dimension: 20)
        let labeled = Array(features[..<(4 * 20)])
        let chosen = LabelQueue.choose(
            3, of: Array(0..<60), features: features, dimension: 20, labeled: labeled)
        #expect(Set(chosen.prefix(2).map { $0 % 6 }) == [4, 5])
    }

    @Test("The choice is that of a plain implementation")
    func plain() {
        var random = CountedRandom(seed: 9, epoch: 0, index: 0)
        let (count, dimension) = (80, 37)
        let features = (0..<(count * dimension)).map { _ in Float(random.uniform(in: -1...1)) }
        let labeled = (0..<(5 * dimension)).map { _ in Float(random.uniform(in: -1...1)) }
        func similarity(_ first: ArraySlice<Float>, _ second: ArraySlice<Float>) -> Double {
            func product(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
                zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            return product(first, second) / (product(first, first) * product(second, second)).squareRoot()
        }
        func row(_ values: [Float], _ row: Int) -> ArraySlice<Float> { values[row * dimension..<(row + 1) * dimension] }
        var before = (0..<5).map { row(labeled, $0) }
        var expected: [Int] = []
        for _ in 0..<10 {
            let nearest = (0..<count).map { place in
                expected.contains(place) ? 2 : before.map { similarity(row(features, place), $0) }.max() ?? 0
            }
            let next = nearest.indices.min { nearest[$0] < nearest[$1] } ?? 0
            expected.append(next)
            before.append(row(features, next))
        }
        let chosen = LabelQueue.choose(
            10, of: Array(0..<count), features: features, dimension: dimension, labeled: labeled)
        #expect(chosen == expected)
    }

    @Test("With probabilities the photos are uncertain ones of different kinds, the most uncertain first")
    func uncertain() {
        let features = clusters(200, clusters: 5, dimension: 16)
        // The first 50 are uncertain, number 33 the most; the rest are sure.
        let probabilities = (0..<200).flatMap { row -> [Double] in
            let first = row == 33 ? 0.4 : row < 50 ? 0.45 : 0.9
            return [first, row == 33 ? 0.4 : 0.3, 0]
        }
        let chosen = LabelQueue.choose(
            5, of: Array(0..<200), features: features, dimension: 16, probabilities: probabilities)
        #expect(chosen.first == 33)
        #expect(chosen.allSatisfy { $0 < 50 })
        #expect(Set(chosen.map { $0 % 5 }).count == 5)
    }

    @Test("Equal arguments give an equal choice, and another seed another sample of many photos")
    func seeds() {
        let ids = Array(0..<6000)
        #expect(LabelQueue.sample(of: ids, seed: 1) == LabelQueue.sample(of: ids, seed: 1))
        #expect(LabelQueue.sample(of: ids, seed: 1) != LabelQueue.sample(of: ids, seed: 2))
        #expect(Set(LabelQueue.sample(of: ids, seed: 1)).count == LabelQueue.sampleSize)
        let probabilities = ids.flatMap { id in [0.5 + Double(id) / 20000, 0.2] }
        func choose(_ seed: UInt64) -> [Int] {
            LabelQueue.choose(
                4, of: ids, features: ids.map { Float($0 % 7) - 3 }, dimension: 1, probabilities: probabilities,
                seed: seed)
        }
        #expect(choose(1) == choose(1))
        #expect(choose(1) != choose(2))
    }

    @Test("Equal, zero and infinite features, few photos and none are no trouble")
    func degenerate() {
        let features: [Float] = [1, 1, 1, 1, 0, 0, .nan, 1, .infinity, 2, 1, 1]
        let ids = [10, 11, 12, 13, 14, 15]
        let chosen = LabelQueue.choose(20, of: ids, features: features, dimension: 2)
        #expect(chosen.sorted() == ids)
        let unsure = LabelQueue.choose(
            20, of: ids, features: features, dimension: 2, probabilities: [Double](repeating: .nan, count: 12))
        #expect(unsure.sorted() == ids)
        #expect(LabelQueue.choose(3, of: [], features: [], dimension: 2).isEmpty)
        #expect(LabelQueue.choose(3, of: [], features: [], dimension: 2, probabilities: []).isEmpty)
        #expect(LabelQueue.choose(0, of: ids, features: features, dimension: 2).isEmpty)
        #expect(LabelQueue.choose(.max, of: [1], features: [1, 2], dimension: 2, probabilities: [1, 0]) == [1])
    }
}
