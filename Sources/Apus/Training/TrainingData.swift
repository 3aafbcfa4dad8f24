internal import TorchVision

/// The pictures of a run: those to learn from, and those to validate with.
struct TrainingData {
    let classes: [String]
    let training: any ImageDataset
    let validation: any ImageDataset
    let notes: [String]
    /// Whether the data had validation pictures of its own.
    let hasOwnValidation: Bool

    /// Opens the data, takes the validation part that it has or sets one aside, and limits both.
    init(at path: String, _ configuration: TrainingConfiguration) throws(DatasetError) {
        let opened = try openDataset(at: path)
        var training = opened.training
        var validation: any ImageDataset
        hasOwnValidation = opened.validation != nil
        if let own = opened.validation {
            validation = own
        } else {
            let split = try training.split(
                validation: .share(configuration.validationSplit), seed: configuration.seed)
            (training, validation) = (split.training, split.validation)
        }
        if let limit = configuration.limit, limit < training.count {
            // Validation shrinks in proportion, but not to so few that its figures say nothing.
            let share = Double(validation.count) * Double(limit) / Double(training.count)
            let kept = min(validation.count, max(Int(share.rounded()), min(200, validation.count)))
            training = training.limited(to: limit, seed: configuration.seed)
            validation = validation.limited(to: kept, seed: configuration.seed)
        }
        guard validation.count > 0 else {
            throw DatasetError(.empty, path: path, "has no validation pictures. Put some into val/, or leave val/ out.")
        }
        classes = opened.classNames
        self.training = training
        self.validation = validation
        notes = opened.notes
    }
}
