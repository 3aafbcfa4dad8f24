internal import Platform
internal import StudioProject

/// A photo as the page sees it.
struct PagePhoto: Sendable, Encodable {
    let id: Int
    /// The path in the project's folder.
    let name: String
    @OrNull var `class`: Int?
    @OrNull var split: Split?
    let state: Photo.State
    @OrNull var problem: String?
    @OrNull var width: Int?
    @OrNull var height: Int?
    let bytes: Int
    /// Changes when the file does.
    let version: String

    init(_ photo: Photo) {
        (id, name, bytes, version) = (photo.id, photo.path.printable, photo.size, photo.version)
        state = photo.state
        self.class = photo.classID
        split = photo.split
        problem = photo.problem
        (width, height) = (photo.width, photo.height)
    }
}
