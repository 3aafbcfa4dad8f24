import Foundation
import Images
import TestSupport
import Testing

/// Images at URLs, in lists, tables and alone.
@Suite("Images on web servers") struct WebImagesTests {
    private func png(_ level: UInt8) throws -> [UInt8] {
        try Image(width: 8, height: 6, filledWith: RGBColor(red: level, green: 10, blue: 20)).pngData()
    }

    @Test("An image at a URL has the pixels of the file")
    func pixels() throws {
        let server = try LoopbackServer(["/a": .body(try png(200)), "/moved.jpg": .redirect("/a")])
        defer { server.stop() }
        for path in ["/a", "/moved.jpg"] {
            let image = try Image(contentsOf: server.url(path))
            #expect(image.width == 8 && image.height == 6 && image.pixels[0] == 200)
        }
    }

    @Test("A page, a missing image and a cut one are errors that name the URL and the reason")
    func faults() throws {
        let page = Array("<!doctype html><html><body>Please log in to see this photo.</body></html>".utf8)
        let server = try LoopbackServer([
            "/page.jpg": .typed(page, type: "text/html"), "/file.jpg": .redirect("file:///etc/hostname"),
            "/half.png": .body(Array(try png(1).dropLast(20))), "/empty.jpg": .body([]),
        ])
        defer { server.stop() }
        for (path, code, words) in [
            ("/page.jpg", ImageError.Code.unrecognized, "a web page (HTML)"), ("/none.jpg", .unavailable, "status 404"),
            ("/file.jpg", .unavailable, "not a web server"), ("/half.png", .truncated, "ends after"),
            ("/empty.jpg", .unrecognized, "0 bytes"),
        ] {
            let error = #expect(throws: ImageError.self) { try Image(contentsOf: server.url(path)) }
            #expect(error?.code == code && error?.message.contains(words) == true, "\(error as Any)")
            #expect(error?.path == server.url(path), "\(error as Any)")
        }
        let secret = #expect(throws: ImageError.self) {
            try Image(contentsOf: "http://me:secret@127.0.0.1:\(server.port)/none.jpg")
        }
        #expect(secret?.description.contains("secret") == false, "\(secret as Any)")
        let list = try ImageList(paths: ["http://me:secret@127.0.0.1:\(server.port)/none.jpg"])
        let batches = DataLoader(list, transforms: [], height: 6, width: 8, batchSize: 1, workers: 0).batches(epoch: 0)
        #expect(try batches.next() == nil)
        let failure = try #require(batches.failures.first)
        #expect(!failure.description.contains("secret") && failure.description.contains("none.jpg"), "\(failure)")
    }

    @Test("A list with URLs is read by many threads in its order, and a folder keeps the images")
    func list() throws {
        var answers: [String: LoopbackServer.Answer] = [:]
        for number in 0..<40 { answers["/\(number).png"] = .body(try png(UInt8(number))) }
        let server = try LoopbackServer(answers)
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let urls = (0..<40).map { server.url("/\($0).png") } + [server.url("/none.png")]
        for _ in 0..<2 {
            let images = try ImageList(paths: urls, cache: folder.path)
            #expect(images.count == 41 && images.name(at: 3) == urls[3])
            let loader = DataLoader(
                images, transforms: [], height: 6, width: 8, batchSize: 41, workers: 2)
            let batch = try #require(try loader.batches(epoch: 0).next())
            #expect(batch.indices == Array(0..<40))
            #expect(batch.failures.map(\.index) == [40])
        }
        // The missing image was asked for again.
        #expect(server.requests.count == 42)
        #expect(server.mostConcurrent <= 4)
    }

    @Test("A table may name URLs, with the label in a column or in the folder")
    func table() throws {
        let server = try LoopbackServer(["/red/1.png": .body(try png(250)), "/dark/2": .body(try png(3))])
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let rows = "image,label\n\(server.url("/red/1.png")),red\n\(server.url("/dark/2")),dark\n"
        try folder.write("table.csv", Array(rows.utf8))
        try folder.write("list.txt", Array("\(server.url("/red/1.png"))\n\(server.url("/dark/2"))\n".utf8))
        for name in ["table.csv", "list.txt"] {
            let opened = try openDataset(at: folder.path(name))
            #expect(opened.classNames == ["dark", "red"])
            #expect((0..<2).map { opened.training.label(at: $0) } == [1, 0])
            #expect(try opened.training.image(at: 1, options: .init()).pixels[0] == 3)
            // A table of these images names the URLs again.
            let text = try DatasetTable.text(of: [(split: nil, images: opened.training)], in: folder.path)
            #expect(text == rows.replacing("image,label", with: "path,label"))
        }
    }

    @Test("The URL of a dataset is an error with advice")
    func dataset() {
        let error = #expect(throws: DatasetError.self) { try openDataset(at: "https://example.org/photos.zip") }
        #expect(error?.description.contains("Download it") == true, "\(error as Any)")
    }
}
