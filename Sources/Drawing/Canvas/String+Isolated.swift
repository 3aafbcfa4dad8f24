extension String {
    /// The text, a name as a rule, so marked that a longer one may hold it: where it runs from right to left, the numbers
    /// and signs around it keep their places.
    public var isolated: String {
        "\u{2068}" + String(String.UnicodeScalarView(unicodeScalars.filter { !(0x2066...0x2069).contains($0.value) }))
            + "\u{2069}"
    }
}
