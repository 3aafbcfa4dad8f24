import Drawing
import Foundation
import TestSupport
import Testing
import Torch

@testable import Apus
@testable import Classifier

/// Against scikit-learn's results from `scripts/goldens/embeddings.py`.
@TensorActor
@Suite("PCA and t-SNE") struct MapTests {
    struct Golden: Decodable {
        struct Components: Decodable {
            let shape: [Int]
            let values: [Float]
            let components: [Double]
            let projected: [Double]
            let ratio: [Double]
        }
        struct Neighborhood: Decodable {
            let shape: [Int]
            let values: [Float]
            let perplexity: Double
            let joint: [Double]
            let start: [Double]
            let divergence: Double
            let gradient: [Double]
            let finalDivergence: Double
            let trustworthiness: Double
        }
        let components: [Components]
        let tsne: Neighborhood
    }

    private static let golden = Result { try Goldens.json("embeddings/maps.json", as: Golden.self) }

    private func isClose(_ found: [Double], _ wanted: [Double], within tolerance: Double) -> Bool {
        found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }

    /// More dimensions than points, and more points than dimensions, use different algorithms.
    @Test("Principal components equal scikit-learn's", arguments: [0, 1])
    func principalComponents(_ number: Int) throws {
        let golden = try Self.golden.get().components[number]
        let found = try PrincipalComponents(of: Tensor(golden.values, shape: golden.shape), count: 2)
        #expect(isClose(try found.components.array(), golden.components, within: 1e-6))
        #expect(isClose(try found.projected.array(), golden.projected, within: 1e-6))
        #expect(isClose(found.varianceRatio, golden.ratio, within: 1e-7))
    }

    @Test("The joint probabilities of t-SNE equal scikit-learn's") func jointProbabilities() throws {
        let golden = try Self.golden.get().tsne
        let found = try JointProbabilities(
            of: Tensor(golden.values, shape: golden.shape), perplexity: golden.perplexity
        ).values.array(as: Double.self)
        let count = golden.shape[0]
        let pairs = (0..<count).flatMap { row in (row + 1..<count).map { found[row * count + $0] } }
        #expect(zip(pairs, golden.joint).allSatisfy { abs($0 - $1) < 1e-7 + 1e-4 * $1 })
        #expect((0..<count).allSatisfy { found[$0 * count + $0] == 0 })
    }

    @Test("The gradient and the divergence of t-SNE equal scikit-learn's") func gradientAndDivergence() throws {
        let golden = try Self.golden.get().tsne
        var places = try TSNE(of: Tensor(golden.values, shape: golden.shape), perplexity: golden.perplexity)
        places.positions = try Tensor(golden.start, shape: [golden.shape[0], 2]).to(.float32)
        let (gradient, sum) = try places.gradient(exaggeration: 1)
        #expect(isClose(try gradient.array(), golden.gradient, within: 1e-5))
        #expect(abs(try places.divergence(sum) - golden.divergence) < 1e-4 * golden.divergence)
    }

    @Test("t-SNE maps are as good as scikit-learn's and deterministic") func quality() throws {
        let golden = try Self.golden.get().tsne
        let points = try Tensor(golden.values, shape: golden.shape)
        var runs: [[Float]] = []
        for _ in 0..<2 {
            var places = try TSNE(of: points, perplexity: golden.perplexity)
            try places.run()
            #expect(places.divergence < golden.finalDivergence * 1.1)
            runs.append(try places.positions.array())
        }
        #expect(runs[0] == runs[1])
        let rows = stride(from: 0, to: golden.values.count, by: golden.shape[1]).map {
            golden.values[$0..<$0 + golden.shape[1]].map(Double.init)
        }
        let placed = stride(from: 0, to: runs[0].count, by: 2).map { runs[0][$0..<$0 + 2].map(Double.init) }
        #expect(trustworthiness(of: placed, for: rows) > golden.trustworthiness - 0.01)
    }

    /// scikit-learn's trustworthiness with 5 neighbors.
    private func trustworthiness(of placed: [[Double]], for points: [[Double]]) -> Double {
        let (count, neighbors) = (points.count, 5)
        func ranked(_ rows: [[Double]], _ row: Int) -> [Int] {
            (0..<count).filter { $0 != row }.sorted { first, second in
                func distance(_ other: Int) -> Double {
                    zip(rows[row], rows[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                }
                return distance(first) < distance(second)
            }
        }
        var penalty = 0
        for row in 0..<count {
            let truth = ranked(points, row)
            for other in ranked(placed, row).prefix(neighbors) {
                penalty += max(0, (truth.firstIndex(of: other) ?? 0) + 1 - neighbors)
            }
        }
        return 1 - Double(penalty) * 2 / Double(count * neighbors * (2 * count - 3 * neighbors - 1))
    }

    @Test("Equal points give finite positions") func equalPoints() throws {
        let points = try Tensor([Float](repeating: 1, count: 12 * 3), shape: [12, 3])
        var places = try TSNE(of: points, perplexity: 3)
        try places.run()
        #expect(try places.positions.isFinite().all().item(as: Bool.self))
        #expect(try PrincipalComponents(of: points, count: 2).varianceRatio == [0, 0])
    }
}

@Suite("Maps of many classes") struct CrowdedMapTests {
    /// Clusters of six points: on a grid, or all at the same place.
    private func map(_ count: Int, isSpread: Bool = true) -> CrowdedMap {
        let groups = (0..<count).map { group in
            let (x, y) = isSpread ? (Double(group % 11), Double(group / 11)) : (0, 0)
            return ScatterChart.Group(
                "class number \(group)",
                (0..<6).map { Point(x: x + 0.05 * Double($0), y: y + 0.04 * Double($0 * $0 % 5)) })
        }
        return CrowdedMap(title: "Map", groups: groups, theme: .light)
    }

    private func size(_ text: Text) -> Size { Size(width: 6 * Double(text.string.count), height: 14) }

    @Test("Each of 102 classes has a label that overlaps no other one") func labels() {
        let map = map(102)
        let labels = map.labels(measure: size)
        #expect(Set(labels.map(\.group)) == Set(0..<102))
        let frame = Rectangle(map.size)
        for (index, label) in labels.enumerated() {
            let room = label.room
            #expect(room.left >= 0 && room.right <= frame.right && room.top >= 50 && room.bottom <= frame.bottom)
            // A label is near its class.
            #expect(abs(room.center.x - label.anchor.x) < 240 && abs(room.center.y - label.anchor.y) < 160)
            for other in labels[..<index].map(\.room) {
                let isApart =
                    other.right <= room.left || room.right <= other.left || other.bottom <= room.top
                    || room.bottom <= other.top
                #expect(isApart)
            }
        }
    }

    @Test("Labels without room are left out, and the map is drawn") func crowd() throws {
        let map = map(500, isSpread: false)
        let labels = map.labels(measure: size)
        #expect(labels.count > 40 && labels.count < 500)
        #expect(try map.png(scale: 1).count > 10_000)
    }

    @Test("Classes beyond a legend get labels, few ones a legend") func kinds() throws {
        func chart(_ classes: Int) -> any Drawable {
            let points = (0..<classes * 2).map { place in
                EmbeddingMap.Point(
                    image: ImageInput.Entry(path: "\(place).png", label: "class \(place % classes)", split: nil),
                    index: place, x: Double(place), y: Double(place * place % 7))
            }
            let map = EmbeddingMap(
                method: .pca, points: points, varianceRatio: [0.5, 0.25], perplexity: nil, divergence: nil)
            return map.chart(classes: (0..<classes).map { "class \($0)" }, displayNames: ["class 0": "first"])
        }
        #expect(chart(16) is ScatterChart)
        #expect((chart(16) as? ScatterChart)?.groups.map(\.name).prefix(2) == ["first", "class 1"])
        let many = try #require(chart(102) as? CrowdedMap)
        #expect(many.groups.count == 102)
        #expect(try many.png(scale: 1) == many.png(scale: 1))
    }
}
