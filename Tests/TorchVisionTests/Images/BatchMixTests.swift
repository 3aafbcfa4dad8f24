import TestSupport
import Testing
import Torch

@testable import TorchVision

@TensorActor
@Suite("MixUp and CutMix")
struct BatchMixTests {
    struct Goldens: Decodable {
        struct Blend: Decodable {
            let share: Double
            let images: [Float]
            let labels: [[Float]]
            let targets: [[Float]]
        }

        struct Patch: Decodable {
            let box: [Int]
            let images: [Float]
            let labels: [[Float]]
        }

        struct Box: Decodable {
            let size: [Int]
            let share: Double
            let middle: [Int]
            let box: [Int]
            let adjusted: Double
        }

        let blends: [Blend]
        let patches: [Patch]
        let boxes: [Box]
    }

    let goldens: Goldens
    let images: Tensor
    let labels: Tensor
    let targets: Tensor
    let size = PixelSize(width: 6, height: 5)

    init() throws {
        goldens = try TestSupport.Goldens.json("transforms/mixes.json")
        images = try Tensor((0..<360).map { Float(($0 * 97 + 13) % 256) / 255 }, shape: [4, 3, 5, 6])
        labels = try Tensor([3, 0, 3, 1] as [Int64])
        targets = try Tensor((0..<20).map { $0 % 3 == 0 ? 1 : 0 as Float }, shape: [4, 5])
    }

    @Test("MixUp equals torchvision's bit for bit, for class indices and soft targets")
    func blends() throws {
        #expect(goldens.blends.count == 5)
        for golden in goldens.blends {
            let mixture = BatchMix.Mixture.blend(fraction: golden.share)
            #expect(try mixture.images(images).array(as: Float.self) == golden.images)
            #expect(try mixture.targets(labels, classCount: 5).array(as: Float.self) == golden.labels.flatMap(\.self))
            #expect(try mixture.targets(targets, classCount: 5).array(as: Float.self) == golden.targets.flatMap(\.self))
        }
    }

    @Test("CutMix equals torchvision's, even for an empty or full rectangle")
    func patches() throws {
        #expect(goldens.patches.count == 4)
        for golden in goldens.patches {
            let b = golden.box
            let mixture = BatchMix.Mixture.patch(
                PixelRectangle(x: b[0], y: b[1], width: b[2] - b[0], height: b[3] - b[1]), on: size)
            #expect(try mixture.images(images).array(as: Float.self) == golden.images, "\(b)")
            #expect(try mixture.targets(labels, classCount: 5).array(as: Float.self) == golden.labels.flatMap(\.self))
        }
    }

    @Test("The rectangle of CutMix equals torchvision's for the same fraction and center")
    func boxes() {
        for golden in goldens.boxes {
            let size = PixelSize(width: golden.size[0], height: golden.size[1])
            let area = BatchMix.patch(fraction: golden.share, x: golden.middle[0], y: golden.middle[1], on: size)
            #expect([area.x, area.y, area.x + area.width, area.y + area.height] == golden.box, "\(golden)")
            #expect(abs(BatchMix.Mixture.patch(area, on: size).fraction - golden.adjusted) < 1e-15)
        }
    }

    @Test("Mixing does not change its inputs")
    func untouched() throws {
        let before = try images.array(as: Float.self)
        _ = try BatchMix.Mixture.blend(fraction: 0.3).images(images)
        _ = try BatchMix.Mixture.patch(PixelRectangle(x: 0, y: 0, width: 3, height: 3), on: size).images(images)
        _ = try BatchMix.Mixture.blend(fraction: 0.3).targets(targets, classCount: 5)
        #expect(try images.array(as: Float.self) == before)
        #expect(try targets.array(as: Float.self) == (0..<20).map { $0 % 3 == 0 ? 1 : 0 })
    }

    @Test("Draws keep to the image and the distribution and depend on the counters alone")
    func drawing() {
        var fractions: [Double] = []
        for index in 0..<4000 {
            var random = CountedRandom(seed: 2, epoch: 0, index: index)
            guard case .blend(let fraction) = BatchMix.mixup(0.2).mixture(width: 32, height: 24, using: &random) else {
                Issue.record("MixUp blends.")
                return
            }
            fractions.append(fraction)
            random = CountedRandom(seed: 2, epoch: 0, index: index)
            var again = random
            let mixture = BatchMix.cutmix(1).mixture(width: 32, height: 24, using: &random)
            #expect(mixture == BatchMix.cutmix(1).mixture(width: 32, height: 24, using: &again))
            guard case .patch(let area, let size) = mixture else {
                Issue.record("CutMix cuts.")
                return
            }
            #expect(size == PixelSize(width: 32, height: 24) && (0...1).contains(mixture.fraction))
            #expect(area.x >= 0 && area.y >= 0 && area.x + area.width <= 32 && area.y + area.height <= 24)
        }
        // Beta(0.2, 0.2): mean 1/2, variance 1 / (4 * 1.4).
        let mean = fractions.reduce(0, +) / 4000
        let variance = fractions.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean - 0.5) < 0.03 && abs(variance - 1 / 5.6) < 0.01)
    }

    @Test("Of several mixes each is drawn equally often; no mix changes nothing")
    func several() {
        let mixes: [BatchMix] = [.mixup(), .cutmix()]
        let blends = (0..<1000).count { index in
            var random = CountedRandom(seed: 2, epoch: 0, index: index)
            if case .blend = mixes.mixture(width: 8, height: 8, using: &random) { return true }
            return false
        }
        #expect(abs(blends - 500) < 80)
        var random = CountedRandom(seed: 2, epoch: 0, index: 0)
        #expect([BatchMix]().mixture(width: 8, height: 8, using: &random) == nil)
    }

    @Test("Tensors that are not images or labels are refused by name")
    func refusals() throws {
        let blend = BatchMix.Mixture.blend(fraction: 0.5)
        let bytes = try Tensor([UInt8](repeating: 3, count: 12), shape: [1, 3, 2, 2])
        #expect(throws: TorchError.self) { try blend.images(bytes) }
        #expect(throws: TorchError.self) { try blend.images(images.flatten()) }
        #expect(throws: TorchError.self) { try blend.targets(targets, classCount: 4) }
        #expect(throws: TorchError.self) { try blend.targets(images, classCount: 5) }
        #expect(throws: TorchError.self) { try blend.targets(labels, classCount: 3) }
        let patch = BatchMix.Mixture.patch(
            PixelRectangle(x: 0, y: 0, width: 1, height: 1), on: PixelSize(width: 9, height: 5))
        let error = #expect(throws: TorchError.self) { try patch.images(images) }
        #expect(error?.description.contains("9 x 5") == true)
    }
}
