/// Looks for NaN and infinity in what a network holds and in what it answers: from such numbers nothing follows, and some
/// layers and engines hide them.
package enum OutputCheck {
    /// Throws where values are not all finite.
    ///
    /// - Parameters:
    ///   - what: what the values are, in the plural.
    ///   - picture: the file of the image that they are of.
    ///   - engine: what computed them.
    /// - Throws: `ApusError` that names the image and how many values are concerned.
    package static func demandFinite(
        _ values: some Collection<Float>, _ what: String = "outputs of the network", of picture: String,
        by engine: String
    ) throws(ApusError) {
        // The sum is not finite where a value is not; the other way round it may be too large.
        guard !values.reduce(Float(0), +).isFinite else { return }
        let wrong = values.count { !$0.isFinite }
        guard wrong > 0 else { return }
        throw ApusError(
            .notFinite, path: picture, value: wrong,
            "\(wrong.grouped) of \(values.count.grouped) \(what) are NaN or infinite (\(engine)); the model file is "
                + "damaged, or its numbers are too large for this precision",
            advice: "take another copy of the file, or compute with float32")
    }
}
