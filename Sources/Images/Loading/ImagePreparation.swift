internal import Platform

/// Reads images, transforms them, and writes their pixels into the memory of a batch.
///
/// If all transforms are known before decoding, only the needed part is decoded.
package struct ImagePreparation: Sendable {
    let transforms: [any ImageTransform]
    let height: Int
    let width: Int
    let reading: ImageReadingOptions

    /// - Parameters:
    ///   - transforms: the transforms, which end in images of this height and width.
    ///   - reading: the options for reading.
    package init(_ transforms: [any ImageTransform], height: Int, width: Int, reading: ImageReadingOptions) {
        (self.transforms, self.height, self.width, self.reading) = (transforms, height, width, reading)
    }

    /// Prepares the image in the bytes of a file.
    ///
    /// - Parameter memory: `height * width * 3` bytes.
    /// - Returns: whether the image has more frames than the one that is read.
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size.
    package func write(_ file: [UInt8], into memory: UnsafeMutableRawBufferPointer) throws -> Bool {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        return try file.withUnsafeBytes { bytes in
            try write(ImageReader(decoding: bytes, options: reading), into: memory, using: &random)
        }
    }

    /// Prepares an image whose header has been read.
    func write(
        _ reader: ImageReader, into memory: UnsafeMutableRawBufferPointer, using random: inout CountedRandom
    ) throws -> Bool {
        let (rendering, rest) = transforms[...].merged(
            width: reader.size.width, height: reader.size.height, using: &random)
        if rest.isEmpty {
            try check(width: rendering.width, height: rendering.height)
            try reader.write(rendering, into: memory)
        } else {
            try copy(rest.apply(to: reader.image(rendering), using: &random), into: memory)
        }
        return reader.hasMoreFrames
    }

    /// Prepares an image in memory.
    func write(
        _ image: Image, into memory: UnsafeMutableRawBufferPointer, using random: inout CountedRandom
    ) throws {
        let (rendering, rest) = transforms[...].merged(width: image.width, height: image.height, using: &random)
        if rest.isEmpty {
            try check(width: rendering.width, height: rendering.height)
            rendering.write(image, into: memory)
        } else {
            try copy(rest.apply(to: rendering.image(of: image), using: &random), into: memory)
        }
    }

    private func copy(_ image: Image, into memory: UnsafeMutableRawBufferPointer) throws {
        try check(width: image.width, height: image.height)
        memory.copyBytes(from: image.pixels)
    }

    private func check(width: Int, height: Int) throws {
        guard height == self.height, width == self.width else {
            throw LoaderError(
                description: "the transforms return \(width) x \(height) pixels, but the batch needs "
                    + "\(self.width) x \(self.height). End them with a crop or a resize to that size.")
        }
    }
}

/// A sample whose size does not match the batch.
struct LoaderError: Error, CustomStringConvertible {
    let description: String
}
