import Drawing
import Foundation
import TestSupport
import Testing

@testable import Apus
@testable import Classifier

@Suite("Curves of the learning rate finder") struct RateCurveTests {
    /// A search whose smoothed losses and suggestions NumPy computed.
    struct Golden: Decodable, CustomTestStringConvertible {
        let name: String
        let low: Double
        let high: Double
        let steps: Int
        let losses: [Double]
        let smoothed: [Double]
        let steepest: Double?
        let valley: Double?

        var testDescription: String { name }
    }

    static let goldens = (try? Goldens.json("training/rates.json", as: [Golden].self)) ?? []

    @Test("The golden files exist") func presence() { #expect(Self.goldens.count == 10) }

    @Test("The suggested learning rates equal fastai's", arguments: goldens) func suggestions(_ golden: Golden) throws {
        var curve = try RateCurve(from: golden.low, to: golden.high, steps: golden.steps)
        for (number, loss) in golden.losses.enumerated() {
            let goesOn = curve.add(loss: loss)
            let isLast = number == golden.losses.count - 1
            #expect(goesOn == (!isLast || golden.name == "no number"), "step \(number)")
        }
        #expect(curve.points.count == golden.losses.count)
        for (point, smoothed) in zip(curve.points, golden.smoothed) {
            #expect(abs(point.smoothed - smoothed) < 1e-9 * max(1, abs(smoothed)))
        }
        func expectEqual(_ ours: Double?, _ theirs: Double?, _ name: Comment) {
            #expect((ours == nil) == (theirs == nil), name)
            if let ours, let theirs { #expect(abs(ours / theirs - 1) < 1e-9, name) }
        }
        expectEqual(curve.steepest, golden.steepest, "steepest")
        expectEqual(curve.valley, golden.valley, "valley")
    }

    @Test("The learning rate grows exponentially") func rates() throws {
        let curve = try RateCurve(from: 1e-7, to: 10, steps: 100)
        #expect(curve.rate(step: 0) == 1e-7)
        #expect(abs(curve.rate(step: 50) / 1e-3 - 1) < 1e-9)
        #expect(abs(curve.rate(step: 100) / 10 - 1) < 1e-9)
    }

    @Test(
        "Invalid ranges of learning rates are refused",
        arguments: [(0.0, 1.0), (-1, 1), (1, 1), (1, 0.1), (1e-3, .infinity), (.nan, 1), (1e-3, .nan)]
    )
    func invalidRates(_ low: Double, _ high: Double) {
        let error = #expect(throws: ApusError.self) { try RateCurve(from: low, to: high) }
        #expect(error?.description.contains("learning rates from \(low) to \(high) are not possible") == true)
    }

    @Test("Negative losses give the same suggestions as positive ones that fall as much") func negativeLosses() throws {
        var curves = try [RateCurve(steps: 100), RateCurve(steps: 100)]
        for step in 0..<100 {
            let fall = 1 / (1 + exp(Double(50 - step) / 8))
            for (place, start) in [1.0, -1.0].enumerated() {
                #expect(curves[place].add(loss: start - 0.5 * fall) == (step < 99))
            }
        }
        #expect(curves[1].steepest != nil && curves[1].steepest == curves[0].steepest)
        #expect(curves[1].valley != nil && curves[1].valley == curves[0].valley)
    }

    @Test("A NaN or infinite loss ends the search") func nonFiniteLosses() throws {
        var curve = try RateCurve(steps: 20)
        let goesOn = ([Double](repeating: 1, count: 15) + [.nan, .infinity]).map { curve.add(loss: $0) }
        #expect(goesOn == [Bool](repeating: true, count: 15) + [false, false])
        #expect(curve.points.count == 15)
    }

    @Test("A search ends at its last step") func lastStep() throws {
        var curve = try RateCurve(steps: 3)
        #expect(curve.plannedSteps == 6)
        let goesOn = (0..<7).map { _ in curve.add(loss: 1) }
        #expect(goesOn == [true, true, true, true, true, false, false])
        #expect(curve.points.count == 6)
    }

    @Test("Few steps suggest nothing") func fewSteps() throws {
        var curve = try RateCurve(steps: 100)
        for step in 0..<15 { _ = curve.add(loss: 2 - Double(step) / 10) }
        #expect(curve.valley == nil)
        #expect(curve.steepest == nil)
        #expect(try RateCurve().textPlot() == "too few steps for a plot\n")
    }

    @Test("Curves are read back as they were written") func coding() throws {
        var curve = try RateCurve(steps: 20)
        for _ in 0..<7 { _ = curve.add(loss: 0.3) }
        var read = try JSONDecoder().decode(RateCurve.self, from: JSONEncoder().encode(curve))
        #expect(read == curve)
        let goesOn = (read.add(loss: 0.2), curve.add(loss: 0.2))
        #expect(goesOn == (true, true))
        #expect(read == curve)
    }

    private func made(_ name: String) throws -> RateCurve {
        let golden = try #require(Self.goldens.first { $0.name == name })
        var curve = try RateCurve(from: golden.low, to: golden.high, steps: golden.steps)
        for loss in golden.losses { _ = curve.add(loss: loss) }
        return curve
    }

    @Test("The chart marks the suggestions") func chartMarks() throws {
        let curve = try made("smooth")
        let chart = curve.plot()
        #expect(chart.series[1].points.map(\.y) == curve.points.map(\.smoothed))
        #expect(chart.x.scale == .logarithmic)
        let marks: [(Drawing.Point, String)] = chart.marks.compactMap { mark in
            if case .point(let place, let words, _) = mark { (place, words) } else { nil }
        }
        #expect(marks.map { String($0.1.prefix { $0 != ":" }) } == ["steepest", "valley"])
        let valley = try #require(curve.valley)
        #expect(marks[1].0.x == valley && chart.y.range?.contains(marks[1].0.y) == true)
        #expect(try chart.png(scale: 1).count > 5_000)
        #expect(try RateCurve().plot().png(scale: 1).count > 1_000)
    }

    @Test("The text chart has the requested size") func textSize() throws {
        for (width, height) in [(60, 15), (20, 4), (2, 2)] {
            let lines = try made("smooth").textPlot(width: width, height: height).split(separator: "\n")
            #expect(lines.count == height + 4)
            let edge = try #require(lines[0].firstIndex(of: "┤"))
            let margin = lines[0].distance(from: lines[0].startIndex, to: edge) + 1
            #expect(lines[..<height].allSatisfy { $0.count <= margin + width && $0.contains("┤") })
            #expect(lines[height].count == margin + width)
        }
    }

    /// A line from 1 to 0.2 fills all columns at its left, and hardly any at its right.
    @Test("The text chart shows the curve") func textChart() throws {
        let image = try made("smooth").textPlot()
        let rows = image.split(separator: "\n")
        #expect(rows[0].hasPrefix("   ") == false)
        #expect(rows.contains { $0.contains("▲ valley") || $0.contains("valley") && $0.hasSuffix("▲") })
        #expect(rows[16].contains("1e-7") && rows[16].contains("1e-1"))
        // Each column is filled from below without gaps.
        let bars = rows[..<15].map { Array($0.drop { $0 != "┤" }.dropFirst()) }
        for (above, below) in zip(bars, bars.dropFirst()) {
            for (column, block) in above.enumerated() where block != " " {
                #expect(below.count > column && below[column] == "█")
            }
        }
        #expect(bars[14].count == 60)
    }
}
