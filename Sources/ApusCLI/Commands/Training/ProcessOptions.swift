internal import Apus
public import ArgumentParser
internal import Foundation
public import TorchDistributed

extension GradientCompression: ExpressibleByArgument {}

/// The options of several processes that train together.
struct ProcessOptionsGroup: TrainingOptions {
    @Option(
        help: """
            Train with N processes of this machine, on GPUs with one each. For several machines start 'apus train' \
            with torchrun or srun instead.
            """)
    var processes: Int?

    @Option(help: "Seconds after which a process that does not respond ends the run. Default: 600.")
    var processTimeout: Int?

    @Flag(help: "Batch normalization with the statistics of the batch of all processes. Default: of each part.")
    var syncBatchNorm = false

    @Option(help: "Number format of gradients between processes: none, bfloat16 or float16. Default: none.")
    var gradientCompression: GradientCompression?

    /// How long a process waits for another one.
    var timeout: Duration { .seconds(processTimeout ?? 600) }

    func apply(to configuration: inout TrainingConfiguration) {
        if syncBatchNorm { configuration.compute.synchronizesBatchNorm = true }
        configuration.set(\.compute.gradientCompression, gradientCompression)
    }

    /// Rejects numbers that are not possible, a single GPU, and processes within those of another launcher.
    func check(_ given: GivenFlags, findLr: Bool, device: String?) throws {
        if let processTimeout, processTimeout < 1 {
            throw ValidationError("--process-timeout must be at least 1, not \(processTimeout).")
        }
        guard let processes else { return }
        guard 1...1024 ~= processes else {
            throw ValidationError("--processes must be between 1 and 1024, not \(processes).")
        }
        try given.refuse("--processes", where: findLr, "with --find-lr, which uses one process")
        if processes > 1, let device, device.hasPrefix("cuda:") {
            throw ValidationError(
                "--device \(device) is one GPU, and \(processes) processes need one each. Use --device cuda, and "
                    + "CUDA_VISIBLE_DEVICES to choose the GPUs.")
        }
        let variables = ProcessInfo.processInfo.environment
        guard let name = ["RANK", "SLURM_PROCID"].first(where: { variables[$0] != nil }),
            try name == "RANK" || DistributedEnvironment.read(variables) != nil
        else { return }
        throw ValidationError(
            "--processes can't be combined with another launcher: it has set \(name)=\(variables[name] ?? ""). Omit "
                + "--processes, or start the command without the launcher.")
    }
}
