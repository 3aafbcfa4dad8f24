/// A body of several images: `multipart/form-data`, RFC 7578.
struct MultipartForm {
    let contentType: String
    let body: [UInt8]

    init(_ images: [[UInt8]]) {
        // 128 random bits: no image has them by chance.
        let boundary =
            "apus-" + String(UInt64.random(in: .min ... .max), radix: 36)
            + String(UInt64.random(in: .min ... .max), radix: 36)
        contentType = "multipart/form-data; boundary=\(boundary)"
        var body: [UInt8] = []
        body.reserveCapacity(images.reduce(64) { $0 + $1.count + 192 })
        for (number, image) in images.enumerated() {
            body +=
                """
                --\(boundary)\r
                Content-Disposition: form-data; name="image"; filename="image-\(number + 1)"\r
                Content-Type: application/octet-stream\r
                \r\n
                """.utf8
            body += image
            body += "\r\n".utf8
        }
        self.body = body + Array("--\(boundary)--\r\n".utf8)
    }
}
