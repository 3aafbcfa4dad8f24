internal import Classifier
internal import Inference
internal import Torch

/// The versions of the libraries that produce a result.
package enum Versions {
    /// All versions in a line: `Apus 0.1.0, LibTorch 2.13.0, OpenVINO 2026.4.1`. LibTorch is omitted if it is not
    /// loaded, OpenVINO if it is not installed.
    @TensorActor
    package static var line: String {
        let libTorch = LibTorch.isLoaded ? ["LibTorch \(LibTorch.version)"] : []
        let openVINO = (try? OpenVINO.version()).map { ["OpenVINO \($0)"] } ?? []
        return (["Apus \(apusVersion)"] + libTorch + openVINO).joined(separator: ", ")
    }
}
