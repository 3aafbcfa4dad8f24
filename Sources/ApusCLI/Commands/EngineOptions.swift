internal import Apus
public import ArgumentParser
public import Inference
internal import Torch
public import TorchVision

extension EngineChoice: ExpressibleByArgument {}

extension InferencePrecision: ExpressibleByArgument {}

extension TestCrops: ExpressibleByArgument {}

/// How pictures are read and networks computed, for the commands that pass many pictures.
struct EngineOptions: ParsableArguments {
    @Option(help: "What computes: auto (OpenVINO on a CPU, LibTorch elsewhere), openvino, libtorch.")
    var engine = EngineChoice.auto

    @Option(
        help: """
            The numbers that it computes with: float32 (PyTorch's), bfloat16 (quicker where the processor has it), int8 \
            (with a model from 'apus export --int8').
            """)
    var precision = InferencePrecision.float32

    @Flag(help: "Decode large JPEG files at a smaller size: much quicker, and pixels differ a little from Pillow's.")
    var fastDecode = false

    @Option(help: "Where to compute: cpu, cuda, cuda:1. By default CUDA where there is a device.")
    var device: String?

    var inference: InferenceOptions { InferenceOptions(engine: engine, precision: precision) }
    var decoding: ImageReadingOptions.Decoding { fastDecode ? .fast : .exact }
}

extension EngineReport {
    /// Sets the process up for LibTorch where that computes; OpenVINO looks after its own memory and threads.
    func tuneProcess(forPictures count: Int) {
        guard engine == .libtorch else { return }
        LibTorch.keepFreedMemory()
        if count > 4 { LibTorch.shareCores() }
    }
}

extension TalkOptions {
    /// Tells which engine computes, and where it is not the one that was asked for.
    func report(_ report: EngineReport) {
        report.details.forEach(detail)
        detail("engine: \(report.summary)")
        report.notes.forEach(note)
    }
}
