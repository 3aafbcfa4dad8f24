import Foundation
import FoundationXML
import Testing

@testable import Drawing

@Suite("PNG, SVG and PDF files") struct OutputTests {
    private let sketch = Sketch { canvas in
        canvas.fill(Rectangle(x: 10, y: 20, width: 30, height: 40), Color(0xE69F00))
        canvas.draw(Text("class <b>&\"name\" 漢字 🐶", .label, Color(0)), at: Point(x: 5, y: 70))
    }

    @Test("Pixels are where they were drawn", arguments: [1.0, 2, 3]) func pixelPositions(_ scale: Double) throws {
        let pixels = try Pixels(sketch.png(scale: scale))
        let factor = Int(scale)
        #expect((pixels.width, pixels.height) == (100 * factor, 100 * factor))
        #expect(pixels[10 * factor, 20 * factor] == 0xE69F00 && pixels[40 * factor - 1, 60 * factor - 1] == 0xE69F00)
        #expect(pixels[10 * factor - 1, 20 * factor] == 0xFFFFFF && pixels[40 * factor, 59 * factor] == 0xFFFFFF)
        #expect(pixels.count(0xE69F00) == 30 * 40 * factor * factor)
        #expect(pixels.count(0x000000) > 0)
    }

    @Test("An SVG file is well-formed and contains no names") func svgFile() throws {
        let svg = try sketch.svg(prefix: "chart-")
        let text = String(decoding: svg, as: UTF8.self)
        #expect(XMLParser(data: Data(svg)).parse())
        #expect(text.contains("width=\"100px\"") && text.contains("id=\"chart-p0\""))
        #expect(!text.contains("class <b>") && !text.contains("name") && !text.contains("漢"))
        #expect(!text.contains("id=\"glyph") && !text.contains("#glyph") && !text.contains("id=\"surface"))
    }

    @Test("A PDF file has one page and no date") func pdfFile() throws {
        let pdf = String(decoding: try sketch.pdf(), as: UTF8.self)
        #expect(pdf.hasPrefix("%PDF-1.") && pdf.contains("%%EOF") && pdf.contains("/Count 1"))
        #expect(pdf.contains("0 0 75 75") && !pdf.contains("CreationDate"))
    }

    @Test("Every thread draws the same bytes") func threads() async throws {
        let wanted = try [sketch.png(), sketch.svg(), sketch.pdf()]
        try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 { group.addTask { try [sketch.png(), sketch.svg(), sketch.pdf()] } }
            for try await bytes in group { #expect(bytes == wanted) }
        }
    }

    @Test(
        "Impossible sizes are errors",
        arguments: [
            Size(width: 0, height: 10), Size(width: -5, height: 10), Size(width: .nan, height: 10),
            Size(width: .infinity, height: 10), Size(width: 40_000, height: 10), Size(width: 31_000, height: 31_000),
        ])
    func sizes(_ size: Size) {
        let sketch = Sketch(size: size) { _ in }
        #expect(throws: DrawingError.self) { try sketch.png() }
        #expect(throws: DrawingError.self) { try sketch.svg() }
        #expect(throws: DrawingError.self) { try sketch.pdf() }
    }

    @Test("The file extension selects the format") func fileFormat() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, start) in [("a.png", "\u{89}PNG"), ("b.SVG", "<?xml"), ("c.d.pdf", "%PDF")] {
            try sketch.write(to: "\(folder)/\(name)")
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            #expect(Array(bytes.prefix(start.unicodeScalars.count)) == start.unicodeScalars.map { UInt8($0.value) })
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.png", "b.SVG", "c.d.pdf"])
        for name in ["a.gif", "png", ".png/a", "a."] {
            let error = #expect(throws: DrawingError.self) { try sketch.write(to: "\(folder)/\(name)") }
            let text = error?.description ?? ""
            #expect(text.contains(".png") && text.contains(".svg") && text.contains(".pdf"))
        }
        let error = #expect(throws: DrawingError.self) { try sketch.write(to: "\(folder)/none/a.png") }
        #expect(error?.description.contains("No such file") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
    }
}
