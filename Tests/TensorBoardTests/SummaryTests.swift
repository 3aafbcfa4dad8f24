import Foundation
import SwiftProtobuf
import Testing

@testable import TensorBoard

@Suite("Summary values") struct SummaryTests {
    /// A file of PyTorch's SummaryWriter has the same messages and frames as Apus' files.
    @Test("PyTorch's event files are read") func pyTorchFiles() throws {
        let path = golden("events.out.tfevents.golden").path
        let found = try events(path)
        #expect(found.first?.fileVersion == EventFileWriter.version)
        let whole = try found.map { RecordFrame.encode(try $0.serializedBytes()).count }.reduce(0, +)
        #expect(whole == (try bytes(path).count), "every byte belongs to an event")

        let values = found.flatMap { event in event.summary.value.map { (event, $0) } }
        let losses = values.filter { $0.1.tag == "loss/training" }
        for (step, (event, value)) in losses.enumerated() {
            #expect((event.step, event.wallTime) == (Int64(step), 1000.5 + Double(step)))
            #expect(value == SummaryValue.scalar("loss/training", 2 / Double(step + 1)).message)
        }
        #expect(losses.count == 5)
        let accuracy = try #require(values.first { $0.1.tag == "accuracy" }?.1)
        #expect(accuracy.tensor.floatVal == [0.1] || accuracy.tensor.tensorContent.count == 4)
        #expect(accuracy.metadata.pluginData.pluginName == "scalars")

        let image = try #require(values.first { $0.1.tag == "image" }?.1)
        let png = Array(image.image.encodedImageString)
        #expect(try SummaryValue.image("image", png: png).message == image)

        let theirs = try #require(values.first { $0.1.tag.hasPrefix("note") }?.1)
        let ours = SummaryValue.text(theirs.tag, "**bold** and ü").message
        #expect(ours.tensor == theirs.tensor)
        #expect(ours.metadata.pluginData.pluginName == theirs.metadata.pluginData.pluginName)
    }

    @Test("Images have their size and color space") func imageSize() throws {
        let image = try SummaryValue.image("a", png: smallPNG).message.image
        #expect((image.width, image.height, image.colorspace) == (2, 3, 1))
        #expect(Array(image.encodedImageString) == smallPNG)
    }

    @Test(
        "Bytes that are not a PNG are refused",
        arguments: [
            [], Array("GIF89a".utf8), Array(smallPNG.prefix(32)), [0xFF, 0xD8] + [UInt8](repeating: 0, count: 60),
        ])
    func otherFormats(_ bytes: [UInt8]) {
        let error = #expect(throws: EventFileError.self) { try SummaryValue.image("some/image", png: bytes) }
        #expect(error?.description == "some/image: the image is not a PNG file; encode it as PNG")
    }

    @Test("Images without width or height are refused") func emptySides() {
        var png = smallPNG
        png.replaceSubrange(16..<20, with: [0, 0, 0, 0])
        #expect(PNGHeader(png) == nil)
        png.replaceSubrange(16..<20, with: [0xFF, 0, 0, 0])
        #expect(PNGHeader(png) == nil)
    }

    @Test("NaN and infinite values are kept") func nonFiniteValues() {
        #expect(SummaryValue.scalar("a", .nan).message.simpleValue.isNaN)
        #expect(SummaryValue.scalar("a", 1e300).message.simpleValue == .infinity)
    }
}
