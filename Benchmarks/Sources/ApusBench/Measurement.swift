internal import Foundation

/// One line of JSON on standard output.
func printLine(_ values: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(values), as: UTF8.self))
}

/// The processor time of this process so far, over all its threads, in seconds.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Runs `body` repeatedly for `seconds`, at least five times, after a few runs that are not counted.
///
/// - Returns: The seconds of each run, shortest first.
func repeated(for seconds: Double, _ body: () throws -> Void) rethrows -> [Double] {
    for _ in 0..<3 { try body() }
    let clock = ContinuousClock()
    var times: [Double] = []
    let end = clock.now + .seconds(seconds)
    while clock.now < end || times.count < 5 {
        times.append(try clock.measure(body) / .seconds(1))
    }
    return times.sorted()
}
