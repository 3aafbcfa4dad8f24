import Platform
import Testing

@Suite("Numbers and names in texts") struct WordingTests {
    @Test("Numbers are formatted as in C") func formats() {
        #expect(String(printf: "%.3g … %.3g", 1.5, -2e9) == "1.5 … -2e+09")
        #expect(String(printf: "%5d  %d:%02d", 42, -1, 7) == "   42  -1:07")
        #expect(String(printf: "\\u%04x", Int(0xE9)) == "\\u00e9")
        #expect(String(printf: "%.0f %%", 12.5) == "12 %" && String(printf: "%.1f", Double.nan) == "nan")
        #expect(String(printf: "") == "" && String(printf: "%.1f", 1e300).utf8.count == 303)
    }

    @Test(
        "Only words that a shell would change are quoted",
        arguments: [
            ("runs/a-1_b.safetensors", "runs/a-1_b.safetensors"), ("Müller", "Müller"), ("cafe\u{301}", "cafe\u{301}"),
            ("蚂蚁", "蚂蚁"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'"), ("", "''"), ("🐜", "'🐜'"),
            ("a\nb", "'a\nb'"), ("*", "'*'"),
        ])
    func shellWords(_ text: String, _ word: String) {
        #expect(text.shellWord == word)
    }
}
