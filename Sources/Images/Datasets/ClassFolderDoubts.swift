internal import Platform

/// Reasons to doubt that the subfolders of a folder are its classes.
extension ImageFolder {
    /// A reason.
    struct Doubt {
        /// The problem and what to do; nil if the folders may well be classes.
        var error: DatasetError?
        /// How the folders are interpreted nevertheless.
        let note: String
    }

    /// Checks for folders that seem not to be classes. Naming the classes resolves this.
    ///
    /// - Parameter isPart: Whether these are the images of one part, so that its classes may be named like parts.
    func doubtfulClasses(isPart: Bool) -> [Doubt] {
        let plain = [isPart ? nil : partsOfClasses ?? partsAmongClasses, pieces, copyAmongClasses].compactMap(\.self)
        return plain.isEmpty ? [nestedClasses].compactMap(\.self) : plain
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }

    /// `train/cat`, `train/dog` next to `unseen/cat`, `unseen/dog`.
    private var partsOfClasses: Doubt? {
        guard let first = innerFolders.first, classNames.count > 1, Set(first.names).count > 1,
            innerFolders.allSatisfy({ $0.ownCount == 0 && Set($0.names) == Set(first.names) }),
            classNames.contains(where: { SplitName(Array($0.utf8)) != nil })
        else { return nil }
        let inner = listed(first.names.map { String(fileName: $0) })
        let error = DatasetError(
            .ambiguous, path: path,
            "contains the folders \(listed(classNames)), each with the folders \(inner), as parts of the data do. Name "
                + "the parts train, val and test, use the path of one of them, or name all classes (`classes`) if "
                + "these are the classes.")
        return Doubt(error: error, note: "the folders \(listed(classNames)) are used as classes")
    }

    /// `test` among `cat` and `dog`; `train` alone may be a class of vehicles.
    private var partsAmongClasses: Doubt? {
        let parts = classNames.compactMap { name in
            SplitName(Array(name.utf8)).flatMap { part in
                part.rest.isEmpty && part.role != .unlabeled ? (name: name, role: part.role) : nil
            }
        }
        guard !parts.isEmpty else { return nil }
        let words = parts.map(\.name).joined(separator: ", ")
        let isOne = parts.count == 1
        let note =
            "\(isOne ? "the folder \(words) is" : "the folders \(words) are") used as \(isOne ? "a class" : "classes")"
        guard parts.contains(where: { $0.role != .training }) else { return Doubt(note: note) }
        let error = DatasetError(
            .ambiguous, path: path,
            "contains \(isOne ? "the folder" : "the folders") \(words) among folders of classes. Put the classes into "
                + "a folder train next to \(isOne ? "it" : "them"), move \(isOne ? "it" : "them") elsewhere, or name "
                + "all classes (`classes`) if \(isOne ? "it is one" : "they are some").")
        return Doubt(error: error, note: note)
    }

    /// `fold1`, `fold2`; `images` and `masks`.
    private var pieces: Doubt? {
        guard classNames.count > 1, classNames.allSatisfy({ SplitName.isPiece(Array($0.utf8)) }) else { return nil }
        let error = DatasetError(
            .ambiguous, path: path,
            "contains the folders \(listed(classNames)), whose names look like parts of the data, not like classes. "
                + "Use the path of a folder of class folders, use a table, or name all classes (`classes`) if these "
                + "are the classes.")
        return Doubt(error: error, note: "the folders \(listed(classNames)) are used as classes")
    }

    /// `cells/cells/healthy` next to `cells/healthy`: a copy of the data, as in some archives.
    private var copyAmongClasses: Doubt? {
        let known = Set(classNames.map { Array($0.utf8) })
        for (name, inner) in zip(classNames, innerFolders) {
            let same = inner.names.filter { known.contains($0) && $0 != Array(name.utf8) }.map { String(fileName: $0) }
            guard same.count > 1 else { continue }
            let error = DatasetError(
                .ambiguous, path: FilePath(path).appending(Array(name.utf8)).text,
                "this class folder contains folders with the names of the classes next to it (\(listed(same))), like "
                    + "a copy of the data. Move it elsewhere, use its path if it is the data, or name all classes "
                    + "(`classes`) if it is a class.")
            return Doubt(error: error, note: "all images in \(name)/ are assigned to that class")
        }
        return nil
    }

    /// `original/cat`, `augmented/cat`: the inner folders may be the classes.
    private var nestedClasses: Doubt? {
        let nested = zip(classNames, innerFolders).compactMap { name, inner -> (name: String, names: [String])? in
            let names = inner.names.filter { $0 != Array(name.utf8) && !SplitName.isGeneric($0) }
            guard inner.ownCount == 0, names.count > 1 else { return nil }
            return (name: name, names: names.map { String(fileName: $0) })
        }
        guard let first = nested.first else { return nil }
        return Doubt(
            note: "there are no images in the \(nested.count == 1 ? "class folder" : "class folders") "
                + "\(listed(nested.map(\.name))) themselves; those of the inner folders (\(listed(first.names))) are "
                + "used together")
    }

    /// Classes whose folders are split for training and evaluation: their images would be one part.
    var dividedClasses: [Doubt] {
        for (name, inner) in zip(classNames, innerFolders) {
            let folder = FilePath(path).appending(Array(name.utf8)).text
            guard let splits = try? SplitFolders(inner.names, at: folder), splits.names.count > 1 else { continue }
            let names = SplitFolder.allCases.compactMap { splits.names[$0] }.map { String(fileName: $0) }
            let error = DatasetError(
                .ambiguous, path: folder,
                "this class folder is split into \(names.joined(separator: " and ")). Put these folders above the "
                    + "classes, as in \(names[0])/\(name), or use a table.")
            let note = "the folders \(names.joined(separator: ", ")) within classes are combined"
            return [Doubt(error: error, note: note)]
        }
        return []
    }
}
