public import Apus
public import ArgumentParser
internal import Foundation
internal import Platform

/// What of a network is shown.
enum ExplanationView: String, EnumerableFlag {
    case heat
    case maps
    case kernels
    case layers
    case statistics

    static func help(for value: ExplanationView) -> ArgumentHelp? {
        switch value {
        case .heat: "Show which places speak for a class. This is what is shown unless --layer stands alone."
        case .maps: "Show what a layer makes of the pictures: its feature maps, the strongest first."
        case .kernels: "Show the kernels of a convolution: the first, or the one that --layer names."
        case .layers: "List the layers by their names."
        case .statistics: "Tell each layer's figures over the pictures: mean, zeros, dead and constant channels."
        }
    }
}

extension ExplanationMethod: ExpressibleByArgument {}

/// The figures of layers as a table, a line a layer.
struct ActivationTable {
    private let figures: [ActivationStatistics]

    init(_ figures: [ActivationStatistics]) { self.figures = figures }

    var text: String {
        var table = Table([
            ("layer", .left), ("type", .left), ("channels", .right), ("mean", .right), ("deviation", .right),
            ("zeros", .right), ("dead", .right), ("constant", .right),
        ])
        for layer in figures {
            table.add([
                layer.layer, layer.type, layer.channels.grouped, number(layer.mean), number(layer.standardDeviation),
                layer.zeroShare.columnPercent, count(layer.deadChannels), count(layer.constantChannels),
            ])
        }
        return table.text
    }

    private func number(_ value: Double) -> String { String(format: "%.4g", value) }

    /// Nothing is shown as nothing, so that the eye finds the rest.
    private func count(_ channels: [Int]) -> String { channels.isEmpty ? "" : channels.count.grouped }
}

/// How much is computed for a heat map.
struct ExplanationEffort: ParsableArguments {
    @Option(help: "smooth-grad: how many noisy copies of a picture.")
    var samples = 25

    @Option(help: "smooth-grad: the noise's deviation, as a share of the range of the network's input.")
    var noise = 0.15

    @Option(help: "smooth-grad: what the noise depends on.")
    var seed: UInt64 = 0

    @Option(help: "integrated-gradients: how many steps.")
    var steps = 50

    @Option(help: "occlusion: the side of the square that is covered, in the network's pixels. By default a seventh.")
    var window: Int?

    @Option(help: "occlusion: how far the square moves. By default half its side.")
    var stride: Int?

    @Option(help: "Copies, or with --statistics pictures, that pass the network at once.")
    var batchSize = 16

    func validate() throws {
        if batchSize < 1 { throw ValidationError("--batch-size is 1 or more, not \(batchSize).") }
        if samples < 1 { throw ValidationError("--samples is 1 or more, not \(samples).") }
        if steps < 1 { throw ValidationError("--steps is 1 or more, not \(steps).") }
        if !(noise >= 0 && noise.isFinite) { throw ValidationError("--noise is 0 or more, not \(noise).") }
    }

    var options: ExplanationOptions {
        var options = ExplanationOptions()
        (options.samples, options.noise, options.seed, options.steps) = (samples, noise, seed, steps)
        (options.window, options.stride, options.batchSize) = (window, stride, batchSize)
        return options
    }
}
