import Foundation
import FoundationXML
import Testing

@testable import Drawing

@Suite("Texts in drawings") struct TextTests {
    @Test("Names stay within their width", arguments: oddNames) func textWidth(_ name: String) throws {
        for (lines, turned) in [(1, false), (3, false), (1, true)] {
            let sketch = Sketch(size: Size(width: 200, height: 200)) { canvas in
                let text = Text(
                    name, .label, Color(0), width: 100, lines: lines, horizontal: .center, vertical: .middle)
                let place = canvas.draw(text, at: Point(x: 100, y: 100), turned: turned)
                let along = turned ? place.height : place.width
                let across = turned ? place.width : place.height
                #expect(along <= 100.5 && across <= 20 * Double(lines), "\(place)")
            }
            let pixels = try Pixels(sketch.png())
            for index in 0..<200 {
                for edge in [20, 180] where turned ? true : lines == 1 || edge != 100 {
                    #expect(pixels[edge, index] == 0xFFFFFF && pixels[index, edge] == 0xFFFFFF)
                }
            }
            #expect(XMLParser(data: Data(try sketch.svg())).parse())
            #expect(try sketch.pdf().count > 100)
        }
    }

    @Test("A text that is cut in the middle keeps its end, such as a file extension") func middleTruncation() throws {
        /// The pixels of the last 18 points of a text that ends at 110.
        func end(_ name: String, _ truncation: Text.Truncation) throws -> [UInt32] {
            let sketch = Sketch(size: Size(width: 120, height: 30)) { canvas in
                let text = Text(
                    name, .label, Color(0), width: 100, horizontal: .right, vertical: .middle, truncation: truncation)
                #expect(canvas.draw(text, at: Point(x: 110, y: 15)).width <= 100.5)
            }
            let pixels = try Pixels(sketch.png())
            return (92..<112).flatMap { x in (0..<30).map { pixels[x, $0] } }
        }
        let name = "a_long_name_of_an_image_from_a_camera_0123.jpeg"
        #expect(try end(name, .middle) == end("jpeg", .end))
        #expect(try end(name, .end) != end("jpeg", .end))
    }

    @Test("Control characters are harmless") func controlCharacters() {
        #expect(Text("a\nb\r\tc\u{2028}d", .label, Color(0)).harmless == "a b  c d")
        #expect(Text("x\u{0}\u{1B}[31m\u{202E}y", .label, Color(0)).harmless == "x\u{FFFD}\u{FFFD}[31my")
        #expect(Text(String(repeating: "a", count: 3_000), .label, Color(0)).harmless.count == Text.limit + 1)
    }

    @Test("Markup is drawn as plain text") func markup() throws {
        func width(_ string: String) throws -> Double {
            let box = Box()
            _ = try Sketch { box.value = $0.size(of: Text(string, .label, Color(0))).width }.png()
            return box.value
        }
        #expect(try width("<b>a</b>") > width("a") * 4)
        #expect(try width("&amp;") > width("&") * 2)
        #expect(try width("漢字") > width("漢"))
        #expect(try width("") == 0)
    }

    private final class Box: @unchecked Sendable { var value = 0.0 }

    @Test("Emoji have their colors") func emoji() throws {
        let pixels = try Pixels(
            Sketch { $0.draw(Text("🟥", Font(size: 60), Color(0)), at: Point(x: 10, y: 10)) }.png())
        let color = pixels[50, 50]
        #expect(color >> 16 > 150 && color >> 8 & 0xFF < 120 && color & 0xFF < 120)
    }

    @Test("Isolated names do not change the direction of the surrounding text") func isolation() {
        #expect("a\u{2069}\u{2067}b".isolated == "\u{2068}ab\u{2069}")
    }
}
