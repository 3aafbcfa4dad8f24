internal import Inference
internal import Torch

/// Which programs made a result.
public enum Versions {
    /// Apus's own.
    public static let apus = "0.1.0"

    /// In a line: `Apus 0.1.0, LibTorch 2.13.0, OpenVINO 2026.4.1`; without OpenVINO where it is not there.
    @TensorActor
    public static var line: String {
        let openVINO = (try? OpenVINO.version()).map { ", OpenVINO \($0)" } ?? ""
        return "Apus \(apus), LibTorch \(LibTorch.version)\(openVINO)"
    }
}
