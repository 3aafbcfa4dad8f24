internal import Platform
internal import StudioProject

/// A photo as the page sees it, with what is only needed for a single one.
struct PagePhotoDetails: Sendable, Encodable {
    private struct Remark: Encodable {
        let kind: FindingKind
        @OrNull var note: String?
    }

    private enum Key: String, CodingKey {
        case path, findings
    }

    private let photo: PagePhoto
    private let path: String
    private let findings: [Finding]

    /// Reads a photo.
    ///
    /// - Throws: `ProjectError` if there is none of this number.
    init(_ id: Int, in project: Project) throws(ProjectError) {
        let photo = try project.photo(id)
        self.photo = PagePhoto(photo)
        path = "\(project.folder)/\(photo.path)".printable
        findings = try project.findings(of: id)
    }

    func encode(to encoder: any Encoder) throws {
        try photo.encode(to: encoder)
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(path, forKey: .path)
        try values.encode(findings.map { Remark(kind: $0.kind, note: $0.note) }, forKey: .findings)
    }
}
