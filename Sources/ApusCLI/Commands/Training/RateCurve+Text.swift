internal import Apus
internal import Foundation

extension RateCurve {
    /// The curve as a picture of characters, and what it suggests.
    var text: String {
        guard let valley else {
            return picture()
                + "\n\nThe loss falls nowhere, so no rate is suggested; give more pictures or smaller batches."
        }
        let other = steepest.map { "; it falls most steeply at \($0.rate)" } ?? ""
        return picture() + "\n\nSuggested: --lr \(valley.rate), in the valley of the loss\(other)."
    }
}

/// What `--find-lr --format json` prints.
struct RateOutput: Encodable {
    let suggested: Double?
    let steepest: Double?
    let points: [RateCurve.Point]

    init(_ curve: RateCurve) { (suggested, steepest, points) = (curve.valley, curve.steepest, curve.points) }
}
