import Testing
import Torch
import TorchTestSupport
import TorchVision

/// Grids by their names in `scripts/goldens/explanation.py`.
@Suite("Grids of images") struct GridTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (_ images: Tensor, _ gray: Tensor) throws -> Tensor

        init(_ name: String, _ make: @escaping @Sendable (Tensor, Tensor) throws -> Tensor) {
            (testDescription, self.make) = (name, make)
        }
    }

    static let cases: [Case] = [
        Case("plain") { images, _ in try images.grid() },
        Case("rows of 2") { images, _ in try images.grid(perRow: 2, padding: 1, padValue: 0.5) },
        Case("normalized") { images, _ in try images.grid(perRow: 3, normalize: true) },
        Case("scaled each") { images, _ in try images.grid(perRow: 3, normalize: true, scaleEach: true) },
        Case("range") { images, _ in try images.grid(normalize: true, valueRange: -0.5...0.25) },
        Case("range each") { images, _ in
            try images.grid(normalize: true, valueRange: -0.5...0.25, scaleEach: true)
        },
        Case("grey") { _, gray in try gray.grid(padding: 0) },
        Case("one") { images, _ in try images[0].grid(normalize: true) },
        Case("one grey") { _, gray in try gray[0, 0].grid() },
        Case("one of several") { images, _ in try images[0..<1].grid() },
        Case("flat") { _, _ in try Tensor.full([2, 3, 2, 2], 0.25).grid(normalize: true) },
        Case("list") { images, _ in try Tensor.grid(of: [images[0], images[1]], padding: 3) },
    ]

    @Test("Grids equal torchvision's, value by value", arguments: cases)
    func values(_ item: Case) throws {
        let golden = try #require(Goldens.tensors("explanation/grids.safetensors")[item.testDescription])
        let grid = try item.make(Formula.tensor([5, 3, 4, 6]), Formula.tensor([3, 1, 4, 5], entry: -2))
        try expectClose(grid, golden, within: 0)
    }

    @Test("Bytes are rounded as in torchvision's save_image")
    func bytes() throws {
        let golden = try #require(Goldens.tensors("explanation/grids.safetensors")["bytes"])
        let image = try Image(Formula.tensor([5, 3, 4, 6]).grid())
        #expect([image.height, image.width, 3] == golden.shape)
        #expect(try image.pixels == golden.array(as: UInt8.self))
    }

    @Test("A tensor that is not an image is refused")
    func wrong() throws {
        #expect(throws: TorchError.self) { try Tensor.zeros([2]).grid() }
        #expect(throws: TorchError.self) { try Tensor.zeros([0, 3, 2, 2]).grid() }
        #expect(throws: TorchError.self) { try Tensor.grid(of: [Tensor.zeros([3, 2, 2]), Tensor.zeros([3, 2, 3])]) }
        #expect(throws: TorchError.self) { try Image(Tensor.zeros([2, 4, 4])) }
    }

    @Test("The input of a network is converted back to its image")
    func denormalized() throws {
        let image = Image(width: 3, height: 2, pixels: (0..<18).map { UInt8($0 * 14) })
        let preprocessing = Preprocessing.imageNet
        let values = try Tensor(image.pixels, shape: [2, 3, 3]).to(.float32) / 255
        let input = try ((values - Tensor(preprocessing.mean)) / Tensor(preprocessing.standardDeviation))
            .permute(dims: [2, 0, 1])
        #expect(try Image(preprocessing.denormalized(input)) == image)
        #expect(try preprocessing.normalized(Tensor(image)).isEqual(to: input))
        #expect(try Image(preprocessing.denormalized(input.unsqueeze(dim: 0))[0]) == image)
    }

    @Test("The tensor of a batch holds its images with values from 0 to 1")
    func batch() throws {
        struct Gray: ImageDataset {
            let classNames = ["gray"]
            let count = 3
            func label(at index: Int) -> Int { 0 }
            func name(at index: Int) -> String { "\(index)" }
            func image(at index: Int, options: ImageReadingOptions) -> Image {
                Image(width: 4, height: 2, pixels: (0..<24).map { UInt8(index * 80 + $0) })
            }
        }
        let loader = DataLoader(Gray(), transforms: [], height: 2, width: 4, batchSize: 3, workers: 0)
        let tensor = try Tensor(#require(try loader.batches().next()))
        #expect(tensor.shape == [3, 3, 2, 4])
        for index in 0..<3 {
            #expect(try tensor[index].isEqual(to: Tensor(loader.dataset.image(at: index, options: .init()))))
        }
        #expect(try tensor[2, 1, 0, 1].item(as: Float.self) == 164.0 / 255)
    }
}
