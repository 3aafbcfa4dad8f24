internal import TorchVision

/// The pictures of a run: those to learn from, and those to validate with.
struct TrainingData {
    /// Where they lie.
    let path: String
    /// The folder that the names of images count from.
    let folder: String
    let classes: [String]
    /// Whether a picture may show several classes.
    let isMultiLabel: Bool
    let training: any ImageDataset
    let validation: any ImageDataset
    /// What is set aside for a test after training; nil where nothing is.
    let test: (any ImageDataset)?
    /// In which order the epochs pass the training pictures.
    let order: DataLoader.Order
    /// How much each class weighs in the loss, where a picture may show several how much their presence does; nil for the
    /// same.
    let classWeights: [Double]?
    let notes: [String]
    /// Whether the data had validation pictures of its own.
    let hasOwnValidation: Bool

    /// Opens the data, takes the validation part that it has or sets one aside, and limits both.
    init(at path: String, _ configuration: TrainingConfiguration) throws(DatasetError) {
        self.path = path
        let opened = try openDataset(at: path, options: configuration.data)
        folder = opened.folder
        var notes = opened.notes
        var training = opened.training
        var validation: any ImageDataset
        hasOwnValidation = opened.validation != nil
        if let own = opened.validation {
            validation = own
            test = nil
        } else {
            let split = try opened.split(
                validation: .share(configuration.validationSplit), test: configuration.testSplit.map { .share($0) },
                seed: configuration.seed)
            (training, validation, test) = (split.training, split.validation, split.test)
            notes += split.notes
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
        isMultiLabel = training.isMultiLabel
        self.training = training
        self.validation = validation
        let balance = ClassBalance(of: training)
        if configuration.balancesLoss { notes.append(balance.classWeightsNote) }
        if configuration.balancesSampling { notes.append(balance.samplingNote) }
        order = configuration.balancesSampling ? .weighted(balance.pictureWeights(of: training)) : .shuffled
        classWeights = configuration.balancesLoss ? balance.lossWeights : nil
        self.notes = notes
    }
}

extension TrainingData {
    /// Which pictures are learned from and which are set aside, as CSV for a file that will lie in `folder`; nil for
    /// pictures that are no files of their own.
    func table(in folder: String) -> String? {
        let parts: [(String, (any ImageDataset)?)] = [("train", training), ("val", validation), ("test", test)]
        return try? DatasetTable.text(
            of: parts.compactMap { name, part in part.map { (split: name, pictures: $0) } }, in: folder)
    }
}
