internal import Images
internal import Platform

extension Project {
    /// The photos for training: labeled, not removed, and neither unreadable nor missing, by path.
    ///
    /// The test set is as drawn. Photos with a split of their own keep it. Of the others of each class, 20 % (one of two
    /// to seven) are for validation: those whose paths have the smallest checksums, so that few photos change theirs while
    /// others are added.
    package func table() throws(ProjectError) -> [TableRow] {
        try withState { state throws(ProjectError) in
            let names = Dictionary(state.classes.map { ($0.id, $0.name) }) { first, _ in first }
            let photos = try state.photos(state.list(PhotoFilter(isLabeled: true))[...])
                .filter { $0.state != .unreadable }
            let validation = Self.validation(of: photos)
            return photos.compactMap { photo in
                guard let label = photo.classID.flatMap({ names[$0] }) else { return nil }
                let split = photo.split ?? (validation.contains(photo.id) ? .val : .train)
                return TableRow(photo: photo, label: label, split: split)
            }
        }
    }

    /// The photos for validation among those whose split is open.
    private static func validation(of photos: [Photo]) -> Set<Int> {
        var chosen: Set<Int> = []
        for group in Dictionary(grouping: photos.filter { $0.split == nil }, by: \.classID).values {
            let count = group.count < 2 ? 0 : max(1, (group.count + 2) / 5)
            let order = group.map { photo in
                var digest = Digest64()
                digest.add(photo.path)
                return (digest.value, photo.id)
            }.sorted { $0 < $1 }
            chosen.formUnion(order.prefix(count).map(\.1))
        }
        return chosen
    }

    /// The table as CSV, `path,label,split`, for a file in `folder`, to which the paths are relative: a folder of the
    /// project or the project's folder itself. `String.fileNameBytes` are the file's bytes.
    package func tableText(in folder: String) throws(ProjectError) -> String {
        let (root, place) = (FilePath(self.folder), FilePath(folder))
        let inner = place == root ? [] : place.bytes(within: root)
        let parts = inner.split(separator: UInt8(ascii: "/"))
        let isInside = place == root || inner != place.bytes && FolderPath.isPlain(inner)
        let prefix = isInside ? String(repeating: "../", count: parts.count) : self.folder + "/"
        var text = "path,label,split\n"
        for row in try table() {
            text += CSV.line([prefix + row.photo.path, TableLabel.escaped(row.label), row.split.rawValue]) + "\n"
        }
        return text
    }

    /// Writes the table to a file, as `apus train` reads it. See `tableText`.
    package func writeTable(to path: String) throws(ProjectError) {
        let text = try tableText(in: FilePath(path).parent.text)
        do throws(FileError) {
            try writeAtomically(text.fileNameBytes, to: path)
        } catch {
            throw ProjectError(error)
        }
    }
}
