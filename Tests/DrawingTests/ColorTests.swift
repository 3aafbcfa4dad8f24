import Drawing
import Testing

@Suite("Colors") struct ColorTests {
    @Test("Hexadecimal colors equal those of CSS") func hexadecimal() {
        #expect(Color(0xFF8000) == Color(red: 1, green: 128.0 / 255, blue: 0))
        #expect(Canvas.engine.hasPrefix("Cairo 1."))
    }
}
