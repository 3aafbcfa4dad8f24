internal import Classifier
internal import Platform
internal import Torch
internal import TorchNN

extension OutputCheck {
    /// Throws where a parameter or buffer of a network is not all finite.
    ///
    /// - Parameter path: the file that the network was read from.
    /// - Throws: `ApusError` that names the file, the first tensor, and how many values are concerned.
    @TensorActor
    static func demandFinite(_ network: any Module, from path: String) throws {
        guard let found = try nonFinite(in: network.stateDict) else { return }
        throw ApusError(
            .notFinite, path: path, "\(found), so the network can't predict",
            advice: "take another copy of the file, or an earlier state of the training that wrote it")
    }

    /// The first tensor that is not all finite, and how many values are concerned; nil where all are.
    ///
    /// A sum of each tensor is enough to find out, at the speed of memory.
    @TensorActor
    static func nonFinite(in state: StateDict) throws -> String? {
        var (found, first) = (0, "")
        try withoutGradient {
            for (name, tensor) in state where tensor.dtype.isFloatingPoint {
                guard !(try tensor.sum().item(as: Double.self)).isFinite else { continue }
                let wrong = tensor.count - (try tensor.isFinite().sum().item(as: Int.self))
                guard wrong > 0 else { continue }
                found += 1
                if found == 1 { first = "\(wrong.grouped) of \(tensor.count.grouped) values of '\(name)'" }
            }
        }
        guard found > 0 else { return nil }
        let others = found == 1 ? "" : ", and values of \(found - 1) other tensor\(found == 2 ? "" : "s"),"
        return "\(first)\(others) are NaN or infinite"
    }
}
