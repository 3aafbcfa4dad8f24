extension ImageInput {
    /// The true class of an image where it is known: from the dataset's labels, the name of its folder, or the part
    /// of its file name before the first dot, if that is a class of the classifier.
    public func truth(at index: Int, for classifier: ImageClassifier) -> String? {
        if isLabeled { return images.classNames[images.label(at: index)] }
        let parts = images.name(at: index).split(separator: "/").map(String.init)
        let folder = parts.dropLast().last
        // A number in a file's name counts images as a rule; it is no name of a class.
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
