import Testing

@Suite("Help texts") struct HelpTests {
    /// A broken example cannot be copied, and a paragraph with extra line breaks looks ragged.
    @Test(
        "Help texts fit into 80 columns",
        arguments: [
            "train", "compare", "evaluate", "calibrate", "predict", "explain", "embed", "export", "models", "summary",
            "weights", "serve", "bench",
            "data check", "data show", "data transforms", "data labels",
        ])
    func width(_ name: String) throws {
        let help = try Command(
            arguments: ["help"] + name.split(separator: " ").map(String.init), environment: ["COLUMNS": "80"])
        #expect(help.status == 0)
        let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE") })
        let examples = lines.drop { $0 != "EXAMPLES" }.dropFirst().prefix { !$0.isEmpty }
        #expect(examples.count >= 2)
        #expect(examples.allSatisfy { $0.hasPrefix("  apus \(name)") }, "\(Array(examples))")
        // Within a paragraph a line ends where the next word does not fit.
        let text = lines.drop { !$0.isEmpty }.dropFirst().prefix { $0 != "EXAMPLES" }
        for (line, next) in zip(text, text.dropFirst()) where !line.isEmpty && !next.isEmpty {
            let word = next.prefix { $0 != " " }
            #expect(line.count + 1 + word.count > 79, "\(line)")
        }
    }
}
