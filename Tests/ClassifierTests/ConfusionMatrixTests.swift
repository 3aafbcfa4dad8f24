import Testing

@testable import Classifier

@Suite("Confusion matrices") struct ConfusionMatrixTests {
    private func matrix(_ counts: [[Int]]) -> ConfusionMatrix {
        ConfusionMatrix(
            labels: counts.indices.map { "\($0)" },
            counts: counts.map { row in
                Dictionary(uniqueKeysWithValues: row.enumerated().filter { $1 > 0 }.map { ($0, $1) })
            })
    }

    /// Three groups of classes are confused among themselves; the model's order scatters them.
    @Test("Classes that are confused are next to each other") func confusedClasses() {
        let groups = [[0, 4, 8], [1, 5, 7], [3, 6]]
        var counts = Array(repeating: Array(repeating: 0, count: 10), count: 10)
        for label in 0..<9 { counts[label][label] = 20 }
        for (strength, group) in groups.enumerated() {
            for (first, second) in zip(group, group.dropFirst()) { counts[first][second] = 3 + strength }
        }
        let order = matrix(counts).order
        // Class 2 is always correct; 9 has no image and is never predicted.
        #expect(order.sorted() == Array(0..<9))
        for group in groups {
            let places = group.compactMap { order.firstIndex(of: $0) }.sorted()
            #expect(places.count == group.count && places.last.map { $0 - places[0] } == group.count - 1, "\(order)")
        }
        // 0 and 8 are connected only by 4.
        #expect(abs((order.firstIndex(of: 0) ?? 0) - (order.firstIndex(of: 8) ?? 0)) == 2)
        #expect(matrix(counts).order == order)
    }

    @Test("Without errors the order is that of the model") func modelOrder() {
        #expect(matrix([[3, 0, 0], [0, 2, 0], [0, 0, 1]]).order == [0, 1, 2])
    }

    /// A chain of a thousand classes, each confused with the next, shuffled by a stride.
    @Test("A thousand classes are ordered fast") func time() {
        let mixed = (0..<1000).map { $0 * 387 % 1000 }
        var counts = Array(repeating: [Int: Int](), count: 1000)
        for (place, label) in mixed.enumerated() {
            counts[label][label] = 40
            if place + 1 < 1000 { counts[label][mixed[place + 1]] = 5 }
        }
        let began = ContinuousClock.now
        let order = ConfusionMatrix(labels: (0..<1000).map(String.init), counts: counts).order
        #expect(ContinuousClock.now - began < .seconds(30))
        #expect(Set(order).count == 1000)
        var places = [Int](repeating: 0, count: 1000)
        for (place, label) in order.enumerated() { places[label] = place }
        let near = zip(mixed, mixed.dropFirst()).count { abs(places[$0] - places[$1]) <= 2 }
        #expect(near > 900, "\(near) of 999 pairs stand near each other")
    }

    @Test("The most confused pairs come first") func mostConfused() {
        let pairs = matrix([[5, 2, 0, 0], [4, 90, 0, 1], [0, 0, 3, 2], [0, 0, 0, 7]]).mostConfused(3)
        // 2 of 7 and 2 of 5: the larger fraction first.
        #expect(pairs.map { [$0.truth, $0.prediction, $0.count] } == [[1, 0, 4], [2, 3, 2], [0, 1, 2]])
    }

    @Test("Fractions are relative to the row") func fractions() {
        let matrix = matrix([[3, 1, 0], [0, 0, 0], [0, 2, 2]])
        #expect(matrix.fractions() == [[0.75, 0.25, 0], [0, 0, 0], [0, 0.5, 0.5]])
        #expect(matrix.counts(in: [2, 0]) == [[2, 0], [0, 3]])
        #expect(matrix.rowSums == [4, 0, 4] && matrix.columnSums == [3, 3, 2])
    }
}
