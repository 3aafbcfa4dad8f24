import Testing
import Torch
import TorchTestSupport
import TorchVision

/// Grids by the names that `scripts/goldens/explanation.py` gives them.
@Suite("Grids of pictures") struct GridTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (_ pictures: Tensor, _ grey: Tensor) throws -> Tensor

        init(_ name: String, _ make: @escaping @Sendable (Tensor, Tensor) throws -> Tensor) {
            (testDescription, self.make) = (name, make)
        }
    }

    static let cases: [Case] = [
        Case("plain") { pictures, _ in try pictures.grid() },
        Case("rows of 2") { pictures, _ in try pictures.grid(perRow: 2, padding: 1, padValue: 0.5) },
        Case("normalized") { pictures, _ in try pictures.grid(perRow: 3, normalize: true) },
        Case("scaled each") { pictures, _ in try pictures.grid(perRow: 3, normalize: true, scaleEach: true) },
        Case("range") { pictures, _ in try pictures.grid(normalize: true, valueRange: -0.5...0.25) },
        Case("range each") { pictures, _ in
            try pictures.grid(normalize: true, valueRange: -0.5...0.25, scaleEach: true)
        },
        Case("grey") { _, grey in try grey.grid(padding: 0) },
        Case("one") { pictures, _ in try pictures[0].grid(normalize: true) },
        Case("one grey") { _, grey in try grey[0, 0].grid() },
        Case("one of several") { pictures, _ in try pictures[0..<1].grid() },
        Case("flat") { _, _ in try Tensor.full([2, 3, 2, 2], 0.25).grid(normalize: true) },
        Case("list") { pictures, _ in try Tensor.grid(of: [pictures[0], pictures[1]], padding: 3) },
    ]

    @Test("They are torchvision's, value by value", arguments: cases)
    func values(_ item: Case) throws {
        let golden = try #require(Goldens.tensors("explanation/grids.safetensors")[item.testDescription])
        let grid = try item.make(Formula.tensor([5, 3, 4, 6]), Formula.tensor([3, 1, 4, 5], entry: -2))
        try expectClose(grid, golden, within: 0)
    }

    @Test("Bytes are rounded as torchvision's save_image rounds them")
    func bytes() throws {
        let golden = try #require(Goldens.tensors("explanation/grids.safetensors")["bytes"])
        let image = try Image(Formula.tensor([5, 3, 4, 6]).grid())
        #expect([image.height, image.width, 3] == golden.shape)
        #expect(try image.pixels == golden.array(as: UInt8.self))
    }

    @Test("What is no picture is refused")
    func wrong() throws {
        #expect(throws: TorchError.self) { try Tensor.zeros([2]).grid() }
        #expect(throws: TorchError.self) { try Tensor.zeros([0, 3, 2, 2]).grid() }
        #expect(throws: TorchError.self) { try Tensor.grid(of: [Tensor.zeros([3, 2, 2]), Tensor.zeros([3, 2, 3])]) }
        #expect(throws: TorchError.self) { try Image(Tensor.zeros([2, 4, 4])) }
    }

    @Test("A network's input becomes the picture that it was made of")
    func denormalized() throws {
        let picture = Image(width: 3, height: 2, pixels: (0..<18).map { UInt8($0 * 14) })
        let preprocessing = Preprocessing.imageNet
        let values = try Tensor(picture.pixels, shape: [2, 3, 3]).to(.float32) / 255
        let input = try ((values - Tensor(preprocessing.mean)) / Tensor(preprocessing.standardDeviation))
            .permute(dims: [2, 0, 1])
        #expect(try Image(preprocessing.denormalized(input)) == picture)
        #expect(try preprocessing.normalized(Tensor(picture)).isEqual(to: input))
        #expect(try Image(preprocessing.denormalized(input.unsqueeze(dim: 0))[0]) == picture)
    }

    @Test("The tensor of a batch holds the images of the batch, with values from 0 to 1")
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
