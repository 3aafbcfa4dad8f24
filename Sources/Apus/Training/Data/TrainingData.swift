internal import Images
internal import Platform
internal import TorchVision

/// The pictures of a run: those to learn from, and those to validate with.
struct TrainingData {
    /// Where they lie.
    let path: String
    /// The folder that the names of images count from.
    package let folder: String
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
    /// What was understood of the data.
    let description: DataDescription
    /// Whether the data had validation pictures of its own.
    let hasOwnValidation: Bool

    /// Opens the data, takes the validation part that it has or sets one aside, and limits what is learned from.
    init(at path: String, _ configuration: TrainingConfiguration) throws(DatasetError) {
        self.path = path
        let opened = try openDataset(at: path, options: configuration.data)
        folder = opened.folder
        var notes = opened.notes
        var description = DataDescription(opened)
        var training = opened.training
        var validation: any ImageDataset
        hasOwnValidation = opened.validation != nil
        if let own = opened.validation {
            validation = own
            test = nil
            if configuration.testSplit != nil {
                throw DatasetError(
                    .impossibleSplit, path: path,
                    "has its own validation images, so no test images are set aside. Leave the test split out, or put "
                        + "test images into test/.")
            }
        } else {
            if configuration.testSplit != nil, opened.test != nil {
                throw DatasetError(
                    .impossibleSplit, path: path,
                    "has its own test images, so no others are set aside. Leave the test split out.")
            }
            let split = try opened.split(
                validation: .share(configuration.validationSplit), test: configuration.testSplit.map { .share($0) },
                seed: configuration.seed)
            (training, validation, test) = (split.training, split.validation, split.test)
            notes += split.notes
            description.setAside(split, of: opened, configuration)
        }
        if let limit = configuration.limit, limit < training.count {
            training = training.limited(to: limit, seed: configuration.seed)
            description.limit(to: limit)
        }
        guard validation.count > 0 else {
            throw DatasetError(.empty, path: path, "has no validation pictures. Put some into val/, or leave val/ out.")
        }
        self.description = description
        classes = opened.classNames
        isMultiLabel = training.isMultiLabel
        self.training = training
        self.validation = validation
        let balance = ClassBalance(of: training)
        if opened.location.layout == .idxFiles {
            // These hold pixels, neither JPEG files nor orientations.
            if configuration.decoding == .fast { notes.append("fast decoding has no effect: there are no JPEG files") }
            if !configuration.appliesOrientation {
                notes.append("leaving orientations out has no effect: these images have none")
            }
        }
        if hasOwnValidation, configuration.data.groupPattern != nil {
            notes.append("the group pattern has no effect: the data have their own validation images")
        }
        let unseen = zip(classes, validation.countsByClass).filter { $1 == 0 }.map(\.0)
        if !unseen.isEmpty {
            notes.append(
                "no validation image shows \(enumerated(unseen)), so the metrics do not cover "
                    + (unseen.count == 1 ? "this class" : "these classes"))
        }
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

extension DataDescription {
    /// Tells which images were set aside.
    fileprivate mutating func setAside(
        _ split: DatasetSplit, of opened: OpenedDataset, _ configuration: TrainingConfiguration
    ) {
        let groups = configuration.data.groupPattern == nil ? "" : ", groups kept together"
        func words(_ fraction: Double) -> String {
            "\(fraction.percent) set aside at random, seed \(configuration.seed)\(groups)"
        }
        let all = understanding.parts.first { $0.split == .train }?.source ?? "all images"
        understanding.parts =
            [
                .init(.train, source: "the rest of \(all)", images: split.training.count),
                .init(.val, source: words(configuration.validationSplit), images: split.validation.count),
            ]
            + (split.test.map { [.init(.test, source: words(configuration.testSplit ?? 0), images: $0.count)] }
                ?? understanding.parts.filter { $0.split == .test })
    }

    /// Tells that fewer images are learned from.
    fileprivate mutating func limit(to count: Int) {
        guard let place = understanding.parts.firstIndex(where: { $0.split == .train }) else { return }
        understanding.parts[place].source += ", limited from \(understanding.parts[place].images.grouped)"
        understanding.parts[place].images = count
    }
}
