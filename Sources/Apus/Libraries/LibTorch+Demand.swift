package import Classifier
package import Torch

extension LibTorch {
    /// Loads LibTorch for a command, or for a network.
    ///
    /// - Parameters:
    ///   - command: The command, such as `apus train`; nil for a network.
    ///   - path: The file of the network.
    /// - Throws: `ApusError` if it can't be loaded, with what to do.
    package static func demand(for command: String? = nil, path: String? = nil) throws(ApusError) {
        do {
            try load()
        } catch {
            guard error.code == .libraryUnavailable else {
                throw ApusError(.systemFailure, path: path, error.message, underlyingError: error)
            }
            // The message is "LibTorch is not installed: REASON".
            let reason = error.message.replacing("LibTorch", with: "LibTorch, which", maxReplacements: 1)
            throw ApusError(
                .needsLibTorch, path: path, "\(command.map { "'\($0)'" } ?? "the network") needs \(reason)",
                advice: "unpack apus-train-\(apusVersion) over this installation, or set APUS_LIBTORCH to the folder "
                    + "of libApusTorch.so",
                underlyingError: error)
        }
    }
}
