/// What a calibration came to.
public struct CalibrationReport: Sendable, Codable, Equatable {
    /// What was found; nil where the pictures could not tell a temperature and no threshold was asked for.
    public let calibration: ModelCalibration?
    /// Whether a temperature was found; else it is 1: there are fewer than ten pictures, all are recognised, or the answers
    /// say nothing of the classes.
    public let hasTemperature: Bool
    /// How many pictures could not be read.
    public let errors: Int
    /// How far the probabilities could be trusted before, with a temperature of 1.
    public let before: ConfidenceFigures
    /// The same afterwards, on the same pictures.
    public let after: ConfidenceFigures
}
