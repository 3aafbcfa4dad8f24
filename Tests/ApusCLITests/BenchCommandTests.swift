import Foundation
import TestSupport
import Testing

@testable import ApusCLI

@Suite("apus bench") struct BenchCommandTests {
    @Test("It prints the speeds, the limit and the plan, in tables that fit the terminal") func tables() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "photos"))
            let network = try writeTinyNetwork(in: folder)
            let arguments = ["bench", "photos", "--model", network, "--batch-size", "4", "--seconds", "0.02"]
            let plain = try Command(arguments: arguments, folder: folder)
            #expect(plain.status == 0, "\(plain.messages)")
            for part in ["reading files", "reading and decoding", "prediction", "in memory", "is the limit: "] {
                #expect(plain.output.contains(part), "\(part): \(plain.output)")
            }
            #expect(!plain.output.contains("efficiency"))
            #expect(plain.messages.contains("To plan with more machines"))

            let plan = try Command(
                arguments: arguments + ["--processes", "4", "--bandwidth", "100Mbit", "--latency", "1ms", "--quiet"],
                environment: ["COLUMNS": "100"], folder: folder)
            #expect(plan.status == 0 && plan.messages == "", "\(plan.messages)")
            let table = plan.output.split(separator: "\n").drop { !$0.hasPrefix("Predicted for") }
            #expect(table.first?.hasSuffix("0.1 Gbit/s and 1 ms one way between machines like this one:") == true)
            #expect(table.dropFirst().allSatisfy { String($0).displayWidth <= 100 } && table.count > 3)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
        }
    }

    @Test(
        "Rates of networks are bits or bytes, with a unit",
        arguments: [
            ("10Gbit", 1.25e9), ("100Mbit/s", 1.25e7), ("1.5 Gbps", 1.875e8), ("8kbit", 1e3), ("25gb", 3.125e9),
            ("1GB", 1e9), ("10GBps", 1e10), ("12.5MB/s", 1.25e7), ("10", nil), ("Gbit", nil), ("-1Gbit", nil),
            ("0Mbit", nil), ("10Gbyte", nil), ("1e3Mbit", nil), ("1..2Gbit", nil),
        ] as [(String, Double?)])
    func bandwidths(text: String, bytes: Double?) {
        let rate = Bandwidth(argument: text)?.bytesPerSecond
        #expect((rate == nil) == (bytes == nil) && abs((rate ?? 0) - (bytes ?? 0)) <= 1e-9 * (bytes ?? 0))
    }

    @Test(
        "Latencies have a unit",
        arguments: [
            ("50us", 50e-6), ("50µs", 50e-6), ("0.2ms", 0.2e-3), ("1 s", 1), ("50", nil), ("-1ms", nil), ("1m", nil),
        ] as [(String, Double?)])
    func latencies(text: String, seconds: Double?) {
        let latency = Latency(argument: text)?.seconds
        #expect((latency == nil) == (seconds == nil) && abs((latency ?? 0) - (seconds ?? 0)) <= 1e-12)
    }

    @Test(
        "Wrong use is refused",
        arguments: [
            (["--latency", "1ms"], "--latency has no effect without --processes"),
            (["--processes", "0"], "--processes must be from 1 to 1000000, not 0."),
            (["--processes", "2", "--bandwidth", "fast"], "'fast' is invalid for '--bandwidth"),
            (["--seconds", "0"], "--seconds must be from 0.01 to 3600"),
            (["--batch-size", "0"], "a batch of 0 images is not possible"),
        ])
    func wrongUse(arguments: [String], message: String) throws {
        let command = try Command(arguments: ["bench", "photos"] + arguments)
        #expect(command.status == 2 && command.output == "")
        #expect(command.messages.contains(message), "\(command.messages)")
    }
}
