public import Images

/// What is to be predicted: pictures, folders of pictures, or a dataset's files.
public struct PredictionInput: Sendable {
    /// The pictures in their order.
    public let pictures: any ImageDataset
    /// What the user should be told, such as files that are ignored.
    public let notes: [String]
    /// Whether the pictures come with labels of their own.
    private let isLabelled: Bool

    /// Opens pictures and folders; a folder with the files of MNIST or Fashion-MNIST gives their test pictures.
    ///
    /// - Throws: `DatasetError` where a folder can't be read or holds no picture.
    public init(paths: [String], limit: Int? = nil) throws(DatasetError) {
        var pictures: any ImageDataset
        if paths.count == 1, let location = try? DatasetLocation(path: paths[0]), location.layout == .idxFiles {
            let opened = try openDataset(at: paths[0], minimumClasses: 1)
            (pictures, notes, isLabelled) = (opened.test ?? opened.training, opened.notes, true)
        } else {
            let list = try PictureList(paths: paths)
            notes = list.ignored.notes
            (pictures, isLabelled) = (list, false)
        }
        if let limit, limit < pictures.count {
            pictures = Subset(of: pictures, indices: Array(0..<limit))
        }
        self.pictures = pictures
    }

    /// Opens images and folders of a longer list, of which there may be none here; at most `limit` images of them.
    public init(partOfList paths: [String], limit: Int) {
        let list = PictureList(partOfList: paths)
        pictures = limit < list.count ? Subset(of: list, indices: Array(0..<limit)) : list
        (notes, isLabelled) = (list.notes, false)
    }

    /// The true class of a picture where it can be told: from the dataset's labels, the name of its folder, or the part
    /// of its file name before the first dot, if that is a class of the classifier.
    public func truth(at index: Int, for classifier: ImageClassifier) -> String? {
        if isLabelled { return pictures.classNames[pictures.label(at: index)] }
        let parts = pictures.name(at: index).split(separator: "/").map(String.init)
        let folder = parts.dropLast().last
        // A number in a file's name counts pictures as a rule; it is no name of a class.
        let prefix = parts.last?.split(separator: ".").first.map(String.init).flatMap { Int($0) == nil ? $0 : nil }
        return [folder, prefix].lazy.compactMap { $0 }.compactMap(classifier.className).first
    }
}

extension ImageClassifier {
    /// The class of that name, or the one of which it is another name.
    nonisolated func className(_ name: String) -> String? {
        indices(named: name).first.map { classes[$0] }
    }
}
