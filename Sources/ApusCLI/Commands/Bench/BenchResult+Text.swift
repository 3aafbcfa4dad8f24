internal import Apus
internal import Images
internal import Platform

extension BenchResult {
    /// Returns the speeds, the limit and the plan, with tables of at most `width` columns.
    func text(width: Int?) -> String {
        let header =
            "\(model), strategy \(strategy), batch size \(steps.images), \(precision.rawValue), on \(device)"
            + (processor.map { " (\($0))" } ?? "")
        let parts = [header.printable, speeds.text(width: width), findings.joined(separator: "\n").printableLines]
        return (parts + [plan.map { text(of: $0, width: width) }].compactMap(\.self)).joined(separator: "\n\n")
    }

    private var speeds: Table {
        var table = Table([("part", .left), ("images/s", .right), ("spread", .right), ("details", .left)])
        func add(_ part: Bench.Part, _ rate: MeasuredRate, _ details: String) {
            let spread = rate.repeats > 1 ? "± \(rate.spread.percent)" : ""
            table.add([part.name, rate.imagesPerSecond.speedText, spread, details])
        }
        if let reading {
            add(
                .reading, reading.rate,
                "\(reading.bytesPerSecond.bytesRate), \((reading.bytesPerImage / 1e3).fixed(0)) kB per image"
                    + reading.source)
        }
        add(
            .decoding, decoding.rate,
            "\(counted(decoding.workers, "thread")), busy \(decoding.busyFraction.percent)")
        add(.inference, inference.rate, inference.engine)
        let times = steps.times
        add(
            .steps, steps.rate,
            "forward \(times.forward.timeText), backward \(times.backward.timeText), update \(times.update.timeText)")
        add(.training, training.rate, "waits for images \(training.waitingFraction.percent) of the time")
        return table
    }

    private func text(of plan: ScalingPlan, width: Int?) -> String {
        var table = Table([
            ("processes", .right), ("images each", .right), ("step", .right), ("waits for network", .right),
            ("images/s", .right), ("efficiency", .right), ("bfloat16 gradients", .right),
            ("batch x processes", .right), ("its efficiency", .right),
        ])
        for row in plan.rows {
            table.add([
                row.processes.grouped, row.imagesPerProcess.grouped, row.stepSeconds.timeText,
                row.waitingSeconds.timeText, row.imagesPerSecond.speedText, row.efficiency.percent,
                "\((Double(steps.images) / row.bfloat16StepSeconds).speedText)/s",
                "\(row.growingBatch.imagesPerSecond.speedText)/s", row.growingBatch.efficiency.percent,
            ])
        }
        let gradients =
            "\((Double(gradientBytes) / 1e6).fixed(1)) MB of gradients in \(counted(buckets.count, "bucket"))"
        let link =
            "\((plan.link.bytesPerSecond * 8 / 1e9).short) Gbit/s and \(plan.link.latency.timeText) one way between "
            + "machines like this one"
        return "Predicted for \(gradients), \(link):\n\n" + table.text(width: width)
    }
}

extension ReadingSpeed {
    /// Where the files were read from, for the details.
    fileprivate var source: String {
        guard let fraction = fractionFromDisk else { return "" }
        switch fraction {
        case 0.95...: return ", from the disk"
        case ..<0.05: return ", from memory (warm)"
        default: return ", \(fraction.percent) from the disk"
        }
    }
}

extension Double {
    /// A time in seconds: `3.21 s`, `45.2 ms`, `120 µs`.
    fileprivate var timeText: String {
        switch self {
        case 1...: String(printf: "%.2f s", self)
        case 1e-3...: String(printf: "%.3g ms", self * 1e3)
        default: String(printf: "%.0f µs", self * 1e6)
        }
    }
}
