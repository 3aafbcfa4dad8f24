internal import Apus
internal import ArgumentParser

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
