import Drawing
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

@Suite("Values and drawings of explanations") struct ExplanationValueTests {
    @Test("Dead and constant channels are found over all batches")
    func statistics() throws {
        var tally = try ActivationTally("features.1", type: "ReLU", channels: 4)
        // Channel 0 is active, 1 is dead, 2 was zero only in the first batch, 3 is nearly constant.
        let first = try Tensor(
            [0, 4, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1.001] as [Float], shape: [1, 4, 2, 2])
        let second = try Tensor(
            [2, 0, 0, 4, 0, 0, 0, 0, 0, 3, 0, 0, 1, 1, 1, 1] as [Float], shape: [1, 4, 2, 2])
        try tally.add(first)
        try tally.add(second)
        let found = try tally.statistics
        #expect(found.deadChannels == [1] && found.constantChannels == [3])
        #expect(found.channels == 4)
        let all = try Tensor.cat([first, second]).to(.float64)
        let (mean, variance): (Double, Double) = try (all.mean().item(), all.variance(correction: 0).item())
        #expect(abs(found.mean - mean) < 1e-12)
        #expect(abs(found.standardDeviation - variance.squareRoot()) < 1e-9)
        #expect(found.zeroFraction == 18.0 / 32)
    }

    @Test("The visible area is the crop in the coordinates of the original image")
    func area() {
        let wide = ImageArea(of: .imageNet, width: 512, height: 256)
        #expect(wide == ImageArea(x: 144, y: 16, width: 224, height: 224))
        let large = ImageArea(of: .imageNet, width: 512, height: 1024)
        #expect(large == ImageArea(x: 32, y: 288, width: 448, height: 448))
    }

    @Test("A few strong pixels don't darken the others, and negative values are not shown")
    func shown() {
        var values = [Float](repeating: 1, count: 100)
        (values[0], values[7], values[8]) = (50, -3, .nan)
        let map = ValueMap(width: 10, height: 10, values: values).shown
        #expect(map.values[0] == 1 && map.values[1] == 1 && map.values[7] == 0 && map.values[8] == 0)
        #expect(ValueMap(width: 2, height: 1, values: [0, -1]).shown.values == [0, 0])
        let peak = ValueMap(width: 3, height: 2, values: [0, 1, 2, 3, 9, 4]).peak
        #expect(peak?.x == 1 && peak?.y == 1)
        #expect(ValueMap(width: 2, height: 1, values: [0, -1]).peak == nil)
    }

    @Test("Feature maps are next to their source image") func featureMaps() throws {
        let view = Samples.image(0, 1)
        let map = ValueMap(width: 2, height: 1, values: [0, 1])
        let layer = NetworkLayer(
            name: "layer1", type: "Sequential", shape: [9, 1, 2], maps: .init(channels: 9, height: 1, width: 2))
        let maps = FeatureMaps(
            file: "photos/a.jpg", view: view, layer: layer,
            maps: [FeatureMap(channel: 3, strength: 1, map: map), FeatureMap(channel: 5, strength: 0.5, map: map)],
            channels: 9)
        let grid = try #require(maps.drawing() as? ImageGrid)
        #expect(grid.tiles.count == 3 && grid.tiles[0].captions == ["a.jpg", "network's input"])
        #expect(grid.tiles[0].image?.pixels == view.pixels && grid.tiles[0].interpolation == .smooth)
        #expect(grid.tiles[1].captions == ["channel 3", "0 … 1"] && grid.interpolation == .pixels)
        #expect(grid.note.hasPrefix("the 2 strongest of 9 channels"))
    }

    @Test("Color kernels fill a square; other kernels have one row for their channels")
    func kernels() throws {
        let colored = Kernels(
            layer: "", count: 5, channels: 3, height: 2, width: 2, values: (0..<60).map { Float($0) })
        #expect(colored.gridSize(limit: 32) == (3, 2))
        let image = try colored.grid()
        #expect(image.width == 3 * 3 + 1 && image.height == 2 * 3 + 1)
        // Each kernel has its own range: the smallest weight is black, the largest white, and so is the border.
        #expect(image[x: 1, y: 1] == RGBColor(red: 0, green: 93, blue: 185))
        #expect(
            image[x: 4, y: 1] == image[x: 1, y: 1] && image[x: 0, y: 0] == RGBColor(red: 255, green: 255, blue: 255))
        let deep = Kernels(layer: "", count: 40, channels: 7, height: 1, width: 1, values: (0..<280).map { Float($0) })
        #expect(deep.gridSize(limit: 8) == (7, 8))
        let weights = try deep.grid(limit: 8)
        #expect(weights.width == 7 && weights.height == 8)
        #expect(weights[x: 0, y: 0].red == 0 && weights[x: 6, y: 7].red == 255 && weights[x: 0, y: 1].red == 32)
    }

    @Test("A class is selected by name or by index, and the two are never confused")
    @TensorActor
    func classes() async throws {
        let classifier = try Networks.classifier(classes: ["2", "crane", "dog", "crane"])
        #expect(try classifier.index(of: .name("2")) == 0 && classifier.index(of: .index(2)) == 2)
        #expect(try classifier.index(of: .name("dog")) == 2)
        func message(_ reference: ClassReference) -> String {
            "\(#expect(throws: ApusError.self) { try classifier.index(of: reference) }, default: "")"
        }
        #expect(message(.name("dgo")).contains("dog"))
        #expect(message(.name("1")).contains("'1'"))
        #expect(message(.name("crane")).hasSuffix("1, 3"))
        #expect(message(.index(4)).contains("0 to 3") && message(.index(-1)).contains("-1"))
        // A text is read as a name if possible; as an index only if no name is a number.
        #expect(try classifier.reference(toClass: "2") == .name("2"))
        #expect(try classifier.reference(toClass: "1") == .name("1"))
        let words = try Networks.classifier(classes: ["cat", "dog"])
        #expect(try words.reference(toClass: "1") == .index(1) && words.reference(toClass: "cat") == .name("cat"))
    }
}
