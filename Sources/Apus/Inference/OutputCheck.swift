internal import Torch
internal import TorchNN

/// Looks for NaN and infinity in what a network holds and in what it answers: from such numbers nothing follows, and some
/// layers and engines hide them.
enum OutputCheck {
    /// Throws where values are not all finite.
    ///
    /// - Parameters:
    ///   - what: what the values are, in the plural.
    ///   - picture: the file of the picture that they are of.
    ///   - engine: what computed them.
    /// - Throws: `ApusError` that names the picture and how many values are concerned.
    static func demandFinite(
        _ values: some Collection<Float>, _ what: String = "outputs of the network", of picture: String,
        by engine: String
    ) throws(ApusError) {
        // The sum is not finite where a value is not; the other way round it may be too large.
        guard !values.reduce(Float(0), +).isFinite else { return }
        let wrong = values.count { !$0.isFinite }
        guard wrong > 0 else { return }
        throw ApusError(
            "\(picture): \(wrong.grouped) of \(values.count.grouped) \(what) are NaN or infinite (\(engine)); the model "
                + "file is damaged, or its numbers are too large for this precision: take another copy of the file, or "
                + "compute with float32")
    }

    /// Throws where a parameter or buffer of a network is not all finite.
    ///
    /// - Parameter path: the file that the network was read from.
    /// - Throws: `ApusError` that names the file, the first tensor, and how many values are concerned.
    @TensorActor
    static func demandFinite(_ network: any Module, from path: String) throws {
        guard let found = try nonFinite(in: network.stateDict) else { return }
        throw ApusError(
            "\(path): \(found), so the network can say nothing; take another copy of the file, or an earlier state of the "
                + "training that wrote it")
    }

    /// The first tensor that is not all finite, and how many values are concerned; nil where all are.
    ///
    /// A sum of each tensor is enough to find out, at the speed of memory.
    @TensorActor
    static func nonFinite(in entries: [(name: String, tensor: Tensor)]) throws -> String? {
        var (found, first) = (0, "")
        try withoutGradient {
            for (name, tensor) in entries where tensor.dtype.isFloatingPoint {
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
