import Foundation
import SwiftProtobuf
import Testing

@testable import TensorBoard

@Suite struct SummaryTests {
    /// A file of PyTorch's SummaryWriter holds the messages that ours would, in the same frames.
    @Test func filesOfPyTorchAreRead() throws {
        let path = golden("events.out.tfevents.golden").path
        let found = try events(path)
        #expect(found.first?.fileVersion == EventFileWriter.version)
        let whole = try found.map { RecordFrame.encode(try $0.serializedBytes()).count }.reduce(0, +)
        #expect(whole == (try bytes(path).count), "every byte lies in an event that is read")

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

        let picture = try #require(values.first { $0.1.tag == "picture" }?.1)
        let png = Array(picture.image.encodedImageString)
        #expect(try SummaryValue.image("picture", png: png).message == picture)

        let theirs = try #require(values.first { $0.1.tag.hasPrefix("note") }?.1)
        let ours = SummaryValue.text(theirs.tag, "**bold** and ü").message
        #expect(ours.tensor == theirs.tensor)
        #expect(ours.metadata.pluginData.pluginName == theirs.metadata.pluginData.pluginName)
    }

    @Test func picturesTellTheirSize() throws {
        let image = try SummaryValue.image("a", png: smallPNG).message.image
        #expect((image.width, image.height, image.colorspace) == (2, 3, 1))
        #expect(Array(image.encodedImageString) == smallPNG)
    }

    @Test(arguments: [
        [], Array("GIF89a".utf8), Array(smallPNG.prefix(32)), [0xFF, 0xD8] + [UInt8](repeating: 0, count: 60),
    ])
    func otherBytesAreRefused(_ bytes: [UInt8]) {
        let error = #expect(throws: EventFileError.self) { try SummaryValue.image("some/picture", png: bytes) }
        #expect(error?.description == "some/picture: the picture is no PNG file; encode it as PNG")
    }

    @Test func emptySidesAreRefused() {
        var png = smallPNG
        png.replaceSubrange(16..<20, with: [0, 0, 0, 0])
        #expect(PNGHeader(png) == nil)
        png.replaceSubrange(16..<20, with: [0xFF, 0, 0, 0])
        #expect(PNGHeader(png) == nil)
    }

    @Test func numbersThatAreNoneAreKept() {
        #expect(SummaryValue.scalar("a", .nan).message.simpleValue.isNaN)
        #expect(SummaryValue.scalar("a", 1e300).message.simpleValue == .infinity)
    }
}
