internal import Images
internal import Platform
internal import TorchVision

/// The images of a run.
struct TrainingData {
    /// The path of the data.
    let path: String
    /// The folder that the names of images are relative to.
    package let folder: String
    let classes: [String]
    /// The display names of the classes, in the same order; nil for none.
    let displayNames: [String]?
    /// Whether the data is multi-label.
    let isMultiLabel: Bool
    let training: any ImageDataset
    let validation: any ImageDataset
    /// The images for a test after training; nil for none.
    let test: (any ImageDataset)?
    /// The order of the training images in an epoch.
    let order: DataLoader.Order
    /// The weight of each class in the loss, in multi-label data the weight of its presence; nil if all weights are
    /// equal.
    let classWeights: [Double]?
    let notes: [String]
    /// What was found in the data.
    let description: DataDescription
    /// Whether the data has its own validation images.
    let hasOwnValidation: Bool

    /// Opens the data, splits off validation images if it has none, and limits the training images.
    init(at path: String, _ configuration: TrainingConfiguration) throws(DatasetError) {
        self.path = path
        let settings = configuration.data
        let opened = try openDataset(at: path, options: settings.dataset)
        folder = opened.folder
        var notes = opened.notes
        var description = DataDescription(opened)
        var training = opened.training
        var validation: any ImageDataset
        hasOwnValidation = opened.validation != nil
        if let own = opened.validation {
            validation = own
            test = nil
            if settings.testSplit != nil {
                throw DatasetError(
                    .impossibleSplit, path: path,
                    "has its own validation images, so no test images are split off. Leave the test split out, or put "
                        + "test images into test/.")
            }
        } else {
            if settings.testSplit != nil, opened.test != nil {
                throw DatasetError(
                    .impossibleSplit, path: path,
                    "has its own test images, so no others are split off. Leave the test split out.")
            }
            let split = try opened.split(
                validation: .fraction(settings.validationSplit), test: settings.testSplit.map { .fraction($0) },
                seed: configuration.seed)
            (training, validation, test) = (split.training, split.validation, split.test)
            notes += split.notes
            description.setAside(split, of: opened, configuration)
        }
        if let limit = settings.limit, limit < training.count {
            training = training.limited(to: limit, seed: configuration.seed)
            description.limit(to: limit)
        }
        guard validation.count > 0 else {
            throw DatasetError(.empty, path: path, "has no validation images. Put some into val/, or remove val/.")
        }
        self.description = description
        classes = opened.classNames
        let named = try settings.displayNames?.names(of: classes)
        displayNames = named?.names
        notes += named?.notes ?? []
        isMultiLabel = training.isMultiLabel
        self.training = training
        self.validation = validation
        let balance = ClassBalance(of: training)
        if opened.location.layout == .idxFiles {
            // These files have pixels without JPEG or orientation.
            if settings.decoding == .fast { notes.append("fast decoding has no effect: there are no JPEG files") }
            if !settings.appliesOrientation {
                notes.append("ignoring orientations has no effect: these images have none")
            }
        }
        if hasOwnValidation, settings.dataset.groupPattern != nil {
            notes.append("the group pattern has no effect: the data has its own validation images")
        }
        let unseen = zip(classes, validation.countsByClass).filter { $1 == 0 }.map(\.0)
        if !unseen.isEmpty {
            notes.append(
                "there are no validation images of \(enumerated(unseen)), so the metrics do not cover "
                    + (unseen.count == 1 ? "this class" : "these classes"))
        }
        (order, classWeights) =
            switch settings.classBalancing {
            case .none: (.shuffled, nil)
            case .weightedLoss: (.shuffled, balance.lossWeights)
            case .weightedSampling: (.weighted(balance.imageWeights(of: training)), nil)
            }
        switch settings.classBalancing {
        case .none: break
        case .weightedLoss: notes.append(balance.classWeightsNote)
        case .weightedSampling: notes.append(balance.samplingNote)
        }
        self.notes = notes
    }
}

extension TrainingData {
    /// Returns the split of each image as CSV for a file in `folder`; nil if the images are not single files.
    func table(in folder: String) -> String? {
        let parts: [(String, (any ImageDataset)?)] = [("train", training), ("val", validation), ("test", test)]
        return try? DatasetTable.text(
            of: parts.compactMap { name, part in part.map { (split: name, images: $0) } }, in: folder)
    }
}

extension DataDescription {
    /// Describes the split.
    fileprivate mutating func setAside(
        _ split: DatasetSplit, of opened: OpenedDataset, _ configuration: TrainingConfiguration
    ) {
        let hasVideos = (0..<opened.training.count).contains { FilePath(opened.training.name(at: $0)).video != nil }
        let groups =
            configuration.data.dataset.groupPattern != nil
            ? ", groups kept together" : hasVideos ? ", frames of a video kept together" : ""
        func words(_ fraction: Double) -> String {
            "\(fraction.percent) set aside at random, seed \(configuration.seed)\(groups)"
        }
        let all = understanding.parts.first { $0.split == .train }?.source ?? "all images"
        understanding.parts =
            [
                .init(.train, source: "the rest of \(all)", images: split.training.count),
                .init(.val, source: words(configuration.data.validationSplit), images: split.validation.count),
            ]
            + (split.test.map { [.init(.test, source: words(configuration.data.testSplit ?? 0), images: $0.count)] }
                ?? understanding.parts.filter { $0.split == .test })
    }

    /// Describes the limit of the training images.
    fileprivate mutating func limit(to count: Int) {
        guard let place = understanding.parts.firstIndex(where: { $0.split == .train }) else { return }
        understanding.parts[place].source += ", limited from \(understanding.parts[place].images.grouped)"
        understanding.parts[place].images = count
    }
}
