internal import Foundation
internal import SwiftProtobuf

/// A value with a tag, which is its name in TensorBoard. Slashes in a tag make groups.
public struct SummaryValue: Sendable, Equatable {
    let message: Tensorboard_Summary.Value

    private init(_ tag: String, _ fill: (inout Tensorboard_Summary.Value) -> Void) {
        var message = Tensorboard_Summary.Value()
        message.tag = tag
        fill(&message)
        self.message = message
    }

    /// A number, a point of a curve. It is stored in single precision. TensorBoard shows NaN and infinite values as
    /// such.
    public static func scalar(_ tag: String, _ value: Double) -> SummaryValue {
        SummaryValue(tag) { $0.simpleValue = Float(value) }
    }

    /// An image from the bytes of a PNG file.
    ///
    /// - Throws: `EventFileError` if the bytes are not a PNG file.
    public static func image(_ tag: String, png: [UInt8]) throws(EventFileError) -> SummaryValue {
        guard let header = PNGHeader(png) else {
            throw EventFileError(tag, "the image is not a PNG file; encode it as PNG")
        }
        return SummaryValue(tag) {
            $0.image.width = header.width
            $0.image.height = header.height
            $0.image.colorspace = header.channels
            $0.image.encodedImageString = Data(png)
        }
    }

    /// A distribution of values, such as the weights of a layer.
    public static func histogram(_ tag: String, _ histogram: Histogram) -> SummaryValue {
        SummaryValue(tag) { $0.histo = histogram.message }
    }

    /// A text in Markdown.
    public static func text(_ tag: String, _ text: String) -> SummaryValue {
        SummaryValue(tag) {
            $0.tensor.dtype = .dtString
            $0.tensor.stringVal = [Data(text.utf8)]
            $0.tensor.tensorShape.dim = [.with { $0.size = 1 }]
            $0.metadata.pluginData.pluginName = "text"
            $0.metadata.dataClass = .tensor
        }
    }
}

/// The header of a PNG file: its size in pixels and its channels.
struct PNGHeader: Equatable {
    private static let beginning: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)

    let width: Int32
    let height: Int32
    /// The number of channels: 1 gray, 2 gray and alpha, 3 RGB or palette, 4 RGBA.
    let channels: Int32

    /// Reads a header; nil if the bytes are not a PNG file.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 33, bytes.starts(with: Self.beginning) else { return nil }
        func number(at offset: Int) -> Int32? {
            let value = bytes[offset..<offset + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            return Int32(exactly: value)
        }
        let channels: [UInt8: Int32] = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]
        guard let width = number(at: 16), let height = number(at: 20), let count = channels[bytes[25]],
            width > 0, height > 0
        else { return nil }
        (self.width, self.height, self.channels) = (width, height, count)
    }
}
