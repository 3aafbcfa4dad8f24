internal import Apus
internal import Platform
internal import Torch
internal import TorchVision

/// The progress of a long task: on a terminal a bar with speed and remaining time, otherwise a line from time to time.
///
/// It can be called from any thread. Calls must not be nested.
final class ProgressBar: Sendable {
    private struct State {
        var label: String
        var total: Int?
        var began = ContinuousClock.now
        var shown = ContinuousClock.now - .seconds(60)
        var isDrawn = false
    }

    private let unit: Unit
    private let isQuiet: Bool
    private let isTerminal = Console.isTerminal(.standardError)
    private let state: Monitor<State>

    /// The unit of the progress.
    enum Unit {
        case images
        case bytes
        case steps
    }

    init(_ label: String, total: Int?, unit: Unit = .images, isQuiet: Bool) {
        self.unit = unit
        self.isQuiet = isQuiet
        state = Monitor(State(label: label, total: total))
    }

    /// Starts the next part of the task and its time.
    func restart(_ label: String, total: Int?) {
        state.withLock {
            clear(&$0)
            $0 = State(label: label, total: total)
        }
    }

    /// Shows the progress and a detail.
    func update(_ done: Int, total: Int? = nil, detail: String = "") {
        guard !isQuiet else { return }
        state.withLock { state in
            if let total { state.total = total }
            let now = ContinuousClock.now
            // Ten updates a second on a terminal, a line every ten seconds in a log.
            guard now - state.shown >= (isTerminal ? .milliseconds(100) : .seconds(10)) else { return }
            let isFirstInLog = !isTerminal && now - state.shown >= .seconds(50)
            state.shown = now
            if isFirstInLog { return }
            let line = line(done, state, now: now, detail: detail)
            if isTerminal {
                write("\r\u{1B}[2K" + fitted(line))
                state.isDrawn = true
            } else {
                write(line + "\n")
            }
        }
    }

    /// Removes the bar, so that other lines can be printed.
    func clear() { state.withLock { clear(&$0) } }

    private func clear(_ state: inout State) {
        if state.isDrawn { write("\r\u{1B}[2K") }
        state.isDrawn = false
        state.shown = ContinuousClock.now - .seconds(1)
    }

    private func line(_ done: Int, _ state: State, now: ContinuousClock.Instant, detail: String) -> String {
        let seconds = max((now - state.began) / .seconds(1), 0.001)
        let rate = Double(done) / seconds
        var parts = [state.label]
        if let total = state.total, total > 0 {
            let fraction = min(1, Double(done) / Double(total))
            if isTerminal { parts.append(bar(fraction)) }
            parts.append("\(amount(done)) of \(amount(total))")
            parts.append(self.rate(rate))
            if done > 0, done < total { parts.append("\(duration(Double(total - done) / rate)) left") }
        } else {
            parts += [amount(done), self.rate(rate)]
        }
        if !detail.isEmpty { parts.append(detail) }
        return parts.joined(separator: "  ").printable
    }

    private func bar(_ fraction: Double) -> String {
        let width = 20
        let full = Int(fraction * Double(width))
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }

    private func amount(_ count: Int) -> String {
        switch unit {
        case .images, .steps: count.grouped
        case .bytes: String(printf: "%.1f MB", Double(count) / 1e6)
        }
    }

    private func rate(_ rate: Double) -> String {
        switch unit {
        case .images, .steps: String(printf: rate < 10 ? "%.1f/s" : "%.0f/s", rate)
        case .bytes: String(printf: "%.1f MB/s", rate / 1e6)
        }
    }

    private func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 3600
            ? String(printf: "%d:%02d", whole / 60, whole % 60)
            : String(printf: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
    }

    /// Cuts a line to the terminal's width, because a wrapped line can't be overwritten.
    private func fitted(_ line: String) -> String {
        String(line.prefix((terminalWidth(Console.Stream.standardError.rawValue) ?? 80) - 1))
    }

    private func write(_ text: String) { Console.message(raw: text) }
}

extension ProgressBar {
    /// Returns a bar for a download. It appears with the first bytes.
    static func download(of name: String, isQuiet: Bool) -> ProgressBar {
        ProgressBar("downloading \(name)", total: nil, unit: .bytes, isQuiet: isQuiet)
    }

    /// Shows the progress of a file.
    func update(_ progress: FileProgress) { update(progress.bytes, total: progress.total) }
}
