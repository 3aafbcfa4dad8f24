internal import Images
internal import Platform
internal import StudioProject

/// The table that a run was trained on: which photos it has learned from.
struct RunTable: Sendable {
    private let training: Set<FilePath>
    private let validation: Set<FilePath>

    /// Reads the table of a run, or the list of its splits if it was trained elsewhere; nil if neither can be read.
    init?(of run: String, in project: Project) {
        let paths = [Self.path(of: run, in: project), project.path(inside: "runs/\(run)/split.csv")]
        let found = paths.lazy.compactMap {
            try? openDataset(at: $0, minimumClasses: 1, allowsEmptyClasses: true)
        }.first
        guard let opened = found else { return nil }
        func names(_ images: (any ImageDataset)?) -> Set<FilePath> {
            Set(
                (0..<(images?.count ?? 0)).compactMap { images?.name(at: $0) }.map { Self.name($0, in: project.folder) }
            )
        }
        training = names(opened.training)
        validation = names(opened.validation)
    }

    /// The path of the table of a run.
    static func path(of run: String, in project: Project) -> String { project.path(inside: "runs/\(run).csv") }

    /// Whether the run has learned from a photo, or has chosen its best epoch by it.
    func hasSeen(_ photo: Photo) -> Bool { training.contains(FilePath(photo.path)) || isValidation(photo) }

    /// Whether the run has chosen its best epoch by a photo.
    func isValidation(_ photo: Photo) -> Bool { validation.contains(FilePath(photo.path)) }

    /// Returns the path in the project of a path such as `FOLDER/.apus/runs/../../roses/1.jpg`.
    private static func name(_ path: String, in folder: String) -> FilePath {
        let slash = UInt8(ascii: "/")
        var parts: [ArraySlice<UInt8>] = []
        for part in path.fileNameBytes.split(separator: slash) {
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        let within = folder.fileNameBytes.split(separator: slash).count
        return FilePath(bytes: Array(parts.dropFirst(within).joined(separator: [slash])))
    }
}
