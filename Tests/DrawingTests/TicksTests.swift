import Drawing
import Testing

@Suite("Axis ticks") struct TicksTests {
    @Test(
        "Linear ticks are round numbers",
        arguments: [
            (0.0...1.0, 6, [0, 0.2, 0.4, 0.6, 0.8, 1], ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            (0.3...0.97, 6, [0.4, 0.6, 0.8], ["0.4", "0.6", "0.8"]),
            (-3...17, 5, [0, 5, 10, 15], ["0", "5", "10", "15"]),
            (0...2.31, 7, [0, 0.5, 1, 1.5, 2], ["0.0", "0.5", "1.0", "1.5", "2.0"]),
            (1e-5...9e-5, 5, [2e-5, 4e-5, 6e-5, 8e-5], ["2e-5", "4e-5", "6e-5", "8e-5"]),
            (-0.5...0.5, 5, [-0.4, -0.2, 0, 0.2, 0.4], ["−0.4", "−0.2", "0.0", "0.2", "0.4"]),
            (
                12_345...67_890, 6, [20_000, 30_000, 40_000, 50_000, 60_000],
                ["20,000", "30,000", "40,000", "50,000", "60,000"]
            ),
        ])
    func linear(_ domain: ClosedRange<Double>, _ count: Int, _ values: [Double], _ labels: [String]) {
        let ticks = Ticks(linear: domain, atMost: count)
        #expect(ticks.values.count == values.count)
        #expect(zip(ticks.values, values).allSatisfy { abs($0 - $1) <= abs($1) * 1e-12 + 1e-16 })
        #expect(ticks.labels == labels)
    }

    @Test("There are never more ticks than requested") func maximumCount() {
        var number = 0.37
        for count in 2...12 {
            for _ in 0..<200 {
                number = (number * 9_301.7 + 0.492_97).truncatingRemainder(dividingBy: 1)
                let low = (number - 0.5) * 1_000
                let ticks = Ticks(linear: low...low + 0.001 + number * 77, atMost: count)
                #expect((1...count).contains(ticks.values.count), "\(ticks.values)")
                #expect(Set(ticks.labels).count == ticks.values.count)
            }
        }
    }

    @Test("Ticks of epochs are whole numbers") func wholeNumbers() {
        #expect(Ticks(linear: 1...3, atMost: 8, isWhole: true).labels == ["1", "2", "3"])
        #expect(Ticks(linear: 0.9...2.1, atMost: 10, isWhole: true).labels == ["1", "2"])
        #expect(Ticks(linear: 1...50, atMost: 6, isWhole: true).labels == ["10", "20", "30", "40", "50"])
    }

    @Test("Ticks of fractions are percentages") func percentages() {
        #expect(
            Ticks(linear: 0...1, atMost: 5, format: .percent).labels == ["0 %", "25 %", "50 %", "75 %", "100 %"])
        #expect(Ticks(linear: 0.95...0.97, atMost: 5, format: .percent).labels.first == "95.0 %")
    }

    @Test("Logarithmic ticks are powers of ten") func logarithmic() {
        let rates = Ticks(logarithmic: 1e-7...10, atMost: 12)
        #expect(rates.labels == ["10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"])
        #expect(rates.minor.count == 8 * 8)
        #expect(Ticks(logarithmic: 0.009...1.2, atMost: 8).labels == ["0.01", "0.1", "1"])
        #expect(Ticks(logarithmic: 0.15...0.7, atMost: 8).labels == ["0.2", "0.5"])
        #expect(Ticks(logarithmic: 0.31...0.42, atMost: 3).values.count >= 2)
        let wide = Ticks(logarithmic: 1e-300...1e300, atMost: 7)
        #expect(wide.values.count <= 7 && wide.values.count >= 2)
    }

    @Test("Numbers are short") func numbers() {
        #expect(
            [0, 1, 12_345.6, 0.001, 0.00025, -2.5, 1e9, 0.97312].map(NumberText.short) == [
                "0", "1", "12,346", "0.001", "2.5e-4", "−2.5", "1e9", "0.9731",
            ])
        #expect([Double.nan, .infinity, -.infinity].map(NumberText.short) == ["–", "∞", "−∞"])
        #expect(NumberText.percent(0.9736) == "97.4 %")
        #expect(NumberText.fixed(-0.0001, digits: 2) == "0.00")
    }
}
