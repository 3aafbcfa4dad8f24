package import Images

/// The bytes of an image file with a name.
package struct Upload: Sendable, Hashable {
    /// The name of the file as the client sent it.
    package let name: String
    /// The content of the file.
    package let bytes: [UInt8]

    /// Creates an upload.
    package init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
}

/// A request to classify images: the body of `POST /v1/models/NAME/classify` with the query.
package struct ClassifyRequest: Sendable {
    /// The images, at least one.
    package private(set) var images: [Upload] = []
    /// Whether the answer is a list: several files, or `images` in JSON.
    package private(set) var isList = false
    /// The largest number of classes to report; nil for the default.
    package private(set) var top: Int?
    /// The crops of each image.
    package private(set) var crops = TestCrops.center
    /// The method of an explanation, such as `grad-cam`; nil for none.
    package private(set) var explain: String?
    /// Whether to report the logits.
    package private(set) var includesLogits = false

    /// The names of the options that the request has.
    private var given: Set<String> = []
    private let maxImages: Int

    /// The number of parts of a form that are not images.
    private static let maximumFields = 16

    /// Reads a request: the image itself, a form with files (`multipart/form-data`), or JSON with images in base64.
    ///
    /// - Parameters:
    ///   - body: the body.
    ///   - contentType: the header `Content-Type`.
    ///   - query: the query of the URL, still escaped.
    ///   - maxImages: the largest number of images.
    /// - Throws: `unsupportedMediaType` for other types, and `invalidRequest`.
    package init(body: [UInt8], contentType: String?, query: String?, maxImages: Int) throws(ServingError) {
        self.maxImages = maxImages
        for (name, value) in try queryParameters(query ?? "") { try set(name, to: value) }
        guard !body.isEmpty else { throw ServingError(.invalidRequest, "the body is empty; send an image") }
        let type = contentType.flatMap(HeaderValue.init)
        switch type?.value {
        case nil where contentType != nil:
            throw ServingError(.unsupportedMediaType, "the content type is not valid; leave it out to send an image")
        case "multipart/form-data":
            guard let boundary = type?.parameters["boundary"] else {
                throw ServingError(
                    .invalidRequest,
                    "the content type 'multipart/form-data' has no boundary; send the one between the parts")
            }
            try readForm(body, boundary: boundary)
        case "application/json": try readJSON(body)
        // The last is what curl sends with `--data-binary`.
        case nil, "", "application/octet-stream", "application/x-www-form-urlencoded":
            images = [Upload(name: "image", bytes: body)]
        case .some(let value) where value.hasPrefix("image/"): images = [Upload(name: "image", bytes: body)]
        case .some(let value):
            throw ServingError(
                .unsupportedMediaType,
                "the content type '\(value.prefix(80))' is not supported; send an image (image/*, "
                    + "application/octet-stream), a form with files (multipart/form-data), or application/json")
        }
        guard !images.isEmpty else { throw ServingError(.invalidRequest, "the body has no image; send at least one") }
    }

    private mutating func readForm(_ body: [UInt8], boundary: String) throws(ServingError) {
        let (parts, overflow) = maxImages.addingReportingOverflow(Self.maximumFields)
        let form = try Multipart(body, boundary: boundary, maximumParts: overflow ? .max : parts)
        for part in form.parts {
            let isFile =
                part.fileName != nil || part.contentType == "application/octet-stream"
                || part.contentType?.hasPrefix("image/") == true
            if !isFile {
                guard part.content.count <= 1024 else {
                    throw ServingError(
                        .invalidRequest, "the field '\(part.name.prefix(80))' is too long; send images as files")
                }
                try set(part.name, to: String(decoding: body[part.content], as: UTF8.self))
            } else if part.fileName != "" || !part.content.isEmpty {
                // Browsers send an empty file for a field without one.
                let name = part.fileName ?? ""
                try add(Upload(name: name.isEmpty ? part.name : name, bytes: Array(body[part.content])))
            }
        }
        isList = images.count > 1
    }

    private mutating func readJSON(_ body: [UInt8]) throws(ServingError) {
        var reader = JSONReader(body[...])
        var hasImages = false
        try reader.members { (key, reader) throws(ServingError) in
            if key == "image" || key == "images" {
                guard !hasImages else {
                    throw ServingError(
                        .invalidRequest, "the body has both 'image' and 'images'; send either of them")
                }
                hasImages = true
            }
            switch key {
            case "image": try add(Self.upload(&reader, name: "image"))
            case "images":
                isList = true
                try reader.elements { (reader) throws(ServingError) in
                    try add(Self.upload(&reader, name: "image \(images.count + 1)"))
                }
            case _ where try reader.skipNull(): break
            case "top": try set(key, to: String(reader.integer()))
            case "logits": try set(key, to: String(reader.bool()))
            case "crops", "explain": try set(key, to: reader.string())
            default: throw Self.unknown(key, "'image', 'images', ")
            }
        }
        try reader.finish()
    }

    /// An image in base64, or an object with `data` and `name`.
    private static func upload(_ reader: inout JSONReader, name: String) throws(ServingError) -> Upload {
        guard reader.isObject() else { return Upload(name: name, bytes: try reader.base64()) }
        var (name, bytes) = (name, nil as [UInt8]?)
        try reader.members { (key, reader) throws(ServingError) in
            switch key {
            case "name": name = try reader.string()
            case "data": bytes = try reader.base64()
            default:
                throw ServingError(
                    .invalidRequest, "an image has no '\(key.prefix(80))'; send only its 'name' and 'data'")
            }
        }
        guard let bytes else {
            throw ServingError(.invalidRequest, "the image '\(name.prefix(80))' has no 'data'; add its bytes in base64")
        }
        return Upload(name: name, bytes: bytes)
    }

    private mutating func add(_ image: Upload) throws(ServingError) {
        guard images.count < maxImages else {
            throw ServingError(.invalidRequest, "the request has more than \(maxImages) images; send several requests")
        }
        guard !image.bytes.isEmpty else {
            throw ServingError(.invalidRequest, "the image '\(image.name.prefix(80))' is empty; send an image file")
        }
        images.append(image)
    }

    private mutating func set(_ name: String, to value: String) throws(ServingError) {
        func invalid(_ needed: String) -> ServingError {
            ServingError(.invalidRequest, "'\(name)' must be \(needed), not '\(value.prefix(80))'")
        }
        switch name {
        case "top":
            guard let number = Int(value), number > 0 else { throw invalid("a number above zero") }
            top = number
        case "crops": crops = try TestCrops(served: value)
        case "explain":
            guard !value.isEmpty else { throw invalid("the name of a method") }
            explain = value
        case "logits":
            guard let isTrue = Bool(value) else { throw invalid("true or false") }
            includesLogits = isTrue
        default: throw Self.unknown(name, "")
        }
        guard given.insert(name).inserted else {
            throw ServingError(.invalidRequest, "'\(name)' is given twice; leave out one")
        }
    }

    private static func unknown(_ name: String, _ others: String) -> ServingError {
        ServingError(
            .invalidRequest,
            "there is no option '\(name.prefix(80))'; use \(others)'top', 'crops', 'explain' or 'logits'")
    }
}

extension TestCrops {
    /// The crops with a name in a request.
    ///
    /// - Throws: `invalidRequest`.
    package init(served name: String) throws(ServingError) {
        guard let crops = Self(rawValue: name) else {
            let names = Self.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            throw ServingError(.invalidRequest, "'crops' must be one of \(names), not '\(name.prefix(80))'")
        }
        self = crops
    }
}
