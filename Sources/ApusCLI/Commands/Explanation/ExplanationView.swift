public import Apus
public import ArgumentParser
internal import Foundation
internal import Platform

/// The view of a network.
enum ExplanationView: String, EnumerableFlag {
    case heat
    case maps
    case kernels
    case layers
    case statistics

    static func help(for value: ExplanationView) -> ArgumentHelp? {
        switch value {
        case .heat: "Show heat maps: the regions that support a class. Default, except with --layer alone."
        case .maps: "Show the feature maps of a layer, the strongest first."
        case .kernels: "Show the kernels of the first convolution, or of --layer."
        case .layers: "List the layers."
        case .statistics: "Show statistics of each layer over the images: mean, zeros, dead and constant channels."
        }
    }
}

extension ExplanationMethod: ExpressibleByArgument {}

/// The statistics of layers as a table, one line per layer.
struct ActivationTable {
    private let statistics: [ActivationStatistics]

    init(_ statistics: [ActivationStatistics]) { self.statistics = statistics }

    var text: String {
        var table = Table([
            ("layer", .left), ("type", .left), ("channels", .right), ("mean", .right), ("std", .right),
            ("zeros", .right), ("dead", .right), ("constant", .right),
        ])
        let mean = columnFormat(statistics.map(\.mean))
        let deviation = columnFormat(statistics.map(\.standardDeviation))
        for layer in statistics {
            table.add([
                layer.layer, layer.type, layer.channels.grouped, mean(layer.mean), deviation(layer.standardDeviation),
                layer.zeroFraction.columnPercent, count(layer.deadChannels), count(layer.constantChannels),
            ])
        }
        return table.text
    }

    /// Returns the number of channels, or nothing for 0, so that the other numbers stand out.
    private func count(_ channels: [Int]) -> String { channels.isEmpty ? "" : channels.count.grouped }
}

/// The options of the explanation methods.
struct ExplanationEffort: ParsableArguments {
    @Option(help: "With smooth-grad: number of noisy copies of an image.")
    var samples = 25

    @Option(help: "With smooth-grad: standard deviation of the noise, as a fraction of the input range.")
    var noise = 0.15

    @Option(help: "With smooth-grad: random seed.")
    var seed: UInt64 = 0

    @Option(help: "With integrated-gradients: number of steps.")
    var steps = 50

    @Option(help: "With occlusion: side of the square, in pixels of the input. Default: a seventh of the input.")
    var window: Int?

    @Option(help: "With occlusion: step of the square, in pixels. Default: half its side.")
    var stride: Int?

    @Option(help: "Batch size of the copies, or with --statistics of the images.")
    var batchSize = 16

    func validate() throws {
        if batchSize < 1 { throw ValidationError("--batch-size must be at least 1, not \(batchSize).") }
        if samples < 1 { throw ValidationError("--samples must be at least 1, not \(samples).") }
        if steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
        if !(noise >= 0 && noise.isFinite) { throw ValidationError("--noise must be at least 0, not \(noise).") }
    }

    var options: ExplanationOptions {
        var options = ExplanationOptions()
        (options.samples, options.noise, options.seed, options.steps) = (samples, noise, seed, steps)
        (options.window, options.stride, options.batchSize) = (window, stride, batchSize)
        return options
    }
}
