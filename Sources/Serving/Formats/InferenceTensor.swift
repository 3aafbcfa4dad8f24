/// An input of the Open Inference Protocol, version 2.
///
/// A classifier has two, of which a request sends one: `image`, BYTES of shape [N] or [N, 1], image files; or `pixels`,
/// UINT8 of shape [N, side, side, 3], prepared pixels in the order red, green, blue.
package struct InferenceTensor: Sendable {
    /// The values of a tensor.
    package enum Content: Sendable {
        /// Binary data: the bytes of UINT8, and for BYTES each element after its length (four bytes, little-endian).
        case binary(ArraySlice<UInt8>)
        /// The text of a value of JSON: numbers, or strings in base64, in one array or nested as the shape.
        case json(ArraySlice<UInt8>)
        /// The elements of BYTES, as gRPC has them.
        case elements([[UInt8]])
        /// The elements of UINT8, as gRPC has them.
        case numbers([UInt32])
    }

    /// The name of the input.
    package var name: String
    /// The type of the elements, such as `UINT8`.
    package var datatype: String
    /// The shape.
    package var shape: [Int]
    /// The values.
    package var content: Content

    /// Creates a tensor.
    package init(name: String, datatype: String, shape: [Int], content: Content) {
        (self.name, self.datatype, self.shape, self.content) = (name, datatype, shape, content)
    }

    /// The images of the tensor.
    ///
    /// - Parameters:
    ///   - side: the width and height of the model's input in pixels.
    ///   - maxImages: the largest number of images.
    /// - Throws: `invalidRequest` if the tensor is not one of the two, or its values do not fit its shape.
    package func images(side: Int, maxImages: Int) throws(ServingError) -> [ImageContent] {
        switch (name, datatype) {
        case ("image", "BYTES"):
            guard shape.count == 1 || shape.count == 2 && shape[1] == 1 else { throw misfit("BYTES [N] or [N, 1]") }
        case ("pixels", "UINT8"):
            guard shape.count == 4, shape[1...].elementsEqual([side, side, 3]) else {
                throw misfit(
                    "UINT8 [N, \(side), \(side), 3], prepared pixels of the model's input size; send image files of any "
                        + "size as the input 'image'")
            }
        case ("image", _): throw misfit("BYTES [N]")
        case ("pixels", _): throw misfit("UINT8 [N, \(side), \(side), 3]")
        default:
            throw ServingError(
                .invalidRequest, "there is no input '\(name.prefix(80))'; send one: 'image' or 'pixels'")
        }
        guard (1...max(1, maxImages)).contains(shape[0]) else {
            throw ServingError(
                .invalidRequest, "the input '\(name)' has \(shape[0]) images; send 1 to \(maxImages) in a request")
        }
        return name == "image" ? try files() : try pixels(side * side * 3)
    }

    private func files() throws(ServingError) -> [ImageContent] {
        let count = shape[0]
        var files: [ImageContent] = []
        switch content {
        case .elements(let elements): files = elements.map(ImageContent.file)
        case .numbers: throw misfit("elements of type BYTES")
        case .binary(var bytes):
            for element in 0..<count {
                let length = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                guard bytes.count >= 4, bytes.count - 4 >= length else {
                    throw ServingError(
                        .invalidRequest,
                        "the binary data of the input 'image' ends within element \(element); write the length of each "
                            + "element before it, in four bytes")
                }
                files.append(.file(Array(bytes.dropFirst(4).prefix(length))))
                bytes = bytes.dropFirst(4 + length)
            }
            guard bytes.isEmpty else {
                throw ServingError(
                    .invalidRequest,
                    "the binary data of the input 'image' has \(bytes.count) bytes after its \(count) elements; correct the "
                        + "shape or the lengths")
            }
        case .json(let text):
            try Self.visit(text) { (reader) throws(ServingError) in
                guard files.count < count else { throw wrongCount("more than \(count)") }
                files.append(.file(try reader.base64()))
            }
        }
        guard files.count == count else { throw wrongCount("\(files.count)") }
        return files
    }

    /// The images, which have this size in bytes.
    private func pixels(_ size: Int) throws(ServingError) -> [ImageContent] {
        var values: ArraySlice<UInt8> = []
        switch content {
        case .elements: throw misfit("numbers")
        case .binary(let bytes): values = bytes
        case .numbers(let numbers):
            for number in numbers {
                guard let byte = UInt8(exactly: number) else { throw outOfRange("\(number)") }
                values.append(byte)
            }
        case .json(let text):
            try Self.visit(text) { (reader) throws(ServingError) in
                let number = try reader.integer()
                guard let byte = UInt8(exactly: number) else { throw outOfRange("\(number)") }
                values.append(byte)
            }
        }
        // Both sides may be too large to multiply.
        guard values.count / size == shape[0], values.count % size == 0 else { throw wrongCount("\(values.count)") }
        return (0..<shape[0]).map { image in
            .pixels(Array(values.dropFirst(image * size).prefix(size)))
        }
    }

    /// Visits the elements of an array in JSON and of the arrays in it.
    private static func visit(
        _ text: ArraySlice<UInt8>, _ body: (inout JSONReader) throws(ServingError) -> Void
    ) throws(ServingError) {
        func visit(_ reader: inout JSONReader) throws(ServingError) {
            try reader.elements { (reader) throws(ServingError) in
                if reader.isArray() { try visit(&reader) } else { try body(&reader) }
            }
        }
        var reader = JSONReader(text)
        try visit(&reader)
    }

    private func misfit(_ needed: String) -> ServingError {
        ServingError(
            .invalidRequest, "the input '\(name)' is \(datatype.prefix(20)) \(shape.prefix(8)) and must be \(needed)")
    }

    private func wrongCount(_ count: String) -> ServingError {
        ServingError(
            .invalidRequest,
            "the input '\(name)' has \(count) elements, but its shape is \(shape.prefix(8)); correct one of them")
    }

    private func outOfRange(_ number: String) -> ServingError {
        ServingError(.invalidRequest, "the input 'pixels' has the number \(number); pixels are 0 to 255")
    }
}
