internal import Classifier
internal import Platform
internal import Torch
internal import TorchNN

extension OutputCheck {
    /// Checks that all parameters and buffers of a network are finite.
    ///
    /// - Parameter path: The file of the network.
    /// - Throws: `ApusError` with the file, the first tensor, and the number of its values that are not finite.
    @TensorActor
    static func demandFinite(_ network: any Module, from path: String) throws {
        guard let found = try nonFinite(in: network.stateDict) else { return }
        throw ApusError(
            .notFinite, path: path, "\(found), so the network can't predict",
            advice: "use another copy of the file, or an earlier state of the training that wrote it")
    }

    /// Describes the first tensor that is not finite, with the number of values that are not; nil if all are finite.
    ///
    /// A sum of each tensor finds them at the speed of memory.
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
