/// The purpose of a photo in training.
package enum Split: String, Sendable, Codable, CaseIterable {
    /// Training.
    case train
    /// Validation.
    case val
    /// Test: never trained on.
    case test
}

/// A photo of a project.
package struct Photo: Sendable, Hashable {
    /// What is known about the file.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Not decoded yet, or changed since.
        case new
        /// It was decoded.
        case ok
        /// It could not be decoded.
        case unreadable
        /// The file does not exist any more.
        case missing
    }

    /// The number of the photo, which never changes and is never used again.
    package let id: Int
    /// The path relative to the project's folder; `.apus/photos/…` for photos that were dropped on the page.
    package let path: String
    /// The class; nil without a label.
    package var classID: Int?
    /// The split; nil if it is not decided.
    package var split: Split?
    /// What is known about the file.
    package var state: State
    /// The reason why it is unreadable.
    package var problem: String?
    /// The width in pixels, upright; nil before it was decoded.
    package var width: Int?
    /// The height in pixels, upright; nil before it was decoded.
    package var height: Int?
    /// The size of the file in bytes.
    package var size: Int
    /// When the file was changed, in nanoseconds since 1970.
    package var modified: Int64
    /// A checksum of the content; nil before it was decoded.
    package var digest: String?
    /// Whether it is left out of the project.
    package var isRemoved: Bool

    /// A text that changes when the file does.
    package var version: String { String(modified, radix: 36) + "-" + String(size, radix: 36) }

    /// Creates a photo from its properties.
    package init(
        id: Int, path: String, classID: Int? = nil, split: Split? = nil, state: State = .new, problem: String? = nil,
        width: Int? = nil, height: Int? = nil, size: Int = 0, modified: Int64 = 0, digest: String? = nil,
        isRemoved: Bool = false
    ) {
        self.id = id
        self.path = path
        self.classID = classID
        self.split = split
        self.state = state
        self.problem = problem
        self.width = width
        self.height = height
        self.size = size
        self.modified = modified
        self.digest = digest
        self.isRemoved = isRemoved
    }
}

/// What decoding a photo's file found out.
package struct PhotoFacts: Sendable, Hashable {
    /// The photo.
    package var id: Int
    /// The version of the file that was decoded. If the file has changed since, the facts are ignored; nil: they are
    /// true in any case.
    package var version: String?
    /// What is known about the file.
    package var state: Photo.State
    /// The reason why it is unreadable.
    package var problem: String?
    /// The width in pixels, upright.
    package var width: Int?
    /// The height in pixels, upright.
    package var height: Int?
    /// A checksum of the content.
    package var digest: String?

    /// Creates facts.
    package init(
        id: Int, version: String? = nil, state: Photo.State, problem: String? = nil, width: Int? = nil,
        height: Int? = nil, digest: String? = nil
    ) {
        self.id = id
        self.version = version
        self.state = state
        self.problem = problem
        self.width = width
        self.height = height
        self.digest = digest
    }
}

/// A class of a project.
package struct ProjectClass: Sendable, Hashable {
    /// The number of the class, which never changes.
    package let id: Int
    /// The name.
    package let name: String
    /// The place in the order of classes, from 0.
    package let position: Int
    /// The number of its photos, without those that are removed or missing.
    package let photos: Int
    /// The number of its photos in the test set.
    package let test: Int

    /// Creates a class from its properties.
    package init(id: Int, name: String, position: Int, photos: Int, test: Int) {
        (self.id, self.name, self.position, self.photos, self.test) = (id, name, position, photos, test)
    }
}

/// The numbers of photos. Removed photos count only as `removed`, missing ones only as `missing`.
package struct Counts: Sendable, Hashable, Codable {
    /// All photos.
    package var photos = 0
    /// Photos with a class.
    package var labeled = 0
    /// Photos without a class.
    package var unlabeled = 0
    /// Photos that could not be decoded.
    package var unreadable = 0
    /// Photos whose files do not exist any more.
    package var missing = 0
    /// Photos that are left out of the project.
    package var removed = 0
    /// Photos in the test set.
    package var test = 0
    /// Photos with a class in the test set.
    package var testLabeled = 0

    /// Creates counts of no photos.
    package init() {}
}
