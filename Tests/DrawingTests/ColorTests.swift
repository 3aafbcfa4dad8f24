import Drawing
import Testing

@Suite("Colors") struct ColorTests {
    @Test("Hexadecimal colors equal those of CSS") func hexadecimal() throws {
        #expect(Color(0xFF8000) == Color(red: 1, green: 128.0 / 255, blue: 0))
        #expect(try DrawingLibraries.versions.hasPrefix("Cairo 1."))
    }
}
