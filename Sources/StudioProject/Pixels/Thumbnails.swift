internal import Images
internal import Platform

/// Small versions of a project's photos, in a bounded cache, and what decoding them finds out.
///
/// Any thread may use it. A thumbnail is made by the thread that asks for it; `makeAll` waits meanwhile.
package final class Thumbnails: Sendable {
    /// The largest width and height of a thumbnail in pixels.
    package static let longestSide = 256

    private struct Work {
        /// The photos whose thumbnails are being made.
        var making: Set<Int> = []
        /// The number of threads that wait for a thumbnail.
        var waiting = 0
    }

    let project: Project
    let cache: ThumbnailCache
    private let work = Monitor(Work())
    /// Held while a dropped photo is added.
    let adding = Monitor(())

    /// Opens the cache of a project: `.apus/thumbnails.sqlite`, or one in memory if the project is read-only.
    ///
    /// - Parameter limit: The size of all thumbnails in bytes. If it is exceeded, those that were not used for the
    ///   longest time are dropped.
    /// - Throws: `ProjectError` if the project can't be written.
    package init(project: Project, limit: Int = 1 << 30) throws(ProjectError) {
        self.project = project
        guard !project.isReadOnly else {
            cache = ThumbnailCache(path: nil, identity: "", limit: min(limit, 128 << 20))
            return
        }
        // The numbers of photos mean something else if a project was deleted and made again.
        let known = project.setting("thumbnails")
        let identity = known ?? "\"\(UInt64.random(in: .min ... .max).hexadecimal)\""
        if known == nil { try project.set(setting: "thumbnails", to: identity) }
        cache = ThumbnailCache(path: project.path(inside: "thumbnails.sqlite"), identity: identity, limit: limit)
    }

    /// Returns the thumbnail of a photo, from the cache or made now: at most 256 pixels wide and high, and upright.
    ///
    /// - Throws: `ProjectError` if there is no such photo or file; `ImageError` if it can't be decoded.
    package func jpeg(of id: Int) throws -> [UInt8] { try jpeg(of: project.photo(id)) }

    /// Returns the thumbnail of a photo, as `jpeg(of:)` does for its number.
    package func jpeg(of photo: Photo) throws -> [UInt8] {
        if let jpeg = cache.jpeg(of: photo) { return jpeg }
        // A file that takes long to fail is not tried again until it changes.
        if photo.state == .unreadable {
            throw ImageError(.damaged, path: photo.path, message: photo.problem ?? "it can't be decoded")
        }
        work.update { $0.waiting += 1 }
        defer { work.update { $0.waiting -= 1 } }
        return try making(photo) {
            if let jpeg = cache.jpeg(of: photo) { return jpeg }
            let path = try project.absolutePath(of: photo)
            do throws(ImageError) {
                return try make(photo, at: path).jpeg
            } catch {
                if !error.isSystemFailure, !project.isReadOnly {
                    try project.set([PhotoFacts(photo, error)])
                }
                throw error.naming(path: photo.path)
            }
        }
    }

    /// Runs the body while no other thread makes this photo's thumbnail, and not too many make others.
    private func making<Result>(_ photo: Photo, _ body: () throws -> Result) rethrows -> Result {
        work.wait { work -> Void? in
            guard work.making.count < 2 * ProcessorCount.available else { return nil }
            return work.making.insert(photo.id).inserted ? () : nil
        }
        defer { work.update { _ = $0.making.remove(photo.id) } }
        return try body()
    }

    /// Decodes a photo and keeps its thumbnail and facts.
    private func make(_ photo: Photo, at path: String) throws(ImageError) -> DrawnThumbnail {
        let drawn = try DrawnThumbnail(ReducedImage(contentsOf: path, longestSide: Self.longestSide))
        cache.insert(drawn.jpeg, drawn.facts, of: photo)
        return drawn
    }

    /// Finds out what `makeAll` must know about a photo, once nobody waits for a thumbnail; nil if nothing changed.
    ///
    /// - Throws: `ImageError` if the machine fails; `ProjectError` if there is no such photo.
    func examine(_ id: Int) throws -> PhotoFacts? {
        work.wait { $0.waiting == 0 ? () : nil }
        let photo = try project.photo(id)
        return try making(photo) {
            var facts = cache.facts(of: photo)
            if facts == nil, photo.state != .unreadable {
                do {
                    facts = try make(photo, at: project.absolutePath(of: photo)).facts
                } catch let error as ImageError {
                    if error.isSystemFailure { throw error }
                    // It may have been deleted since the last scan.
                    let isMissing = !fileExists(project.folder + "/" + photo.path)
                    return isMissing ? PhotoFacts(missing: photo) : PhotoFacts(photo, error)
                } catch let error as ProjectError where error.code == .missingFile {
                    return PhotoFacts(missing: photo)
                } catch let error as ProjectError where error.code == .outside {
                    return PhotoFacts(
                        id: photo.id, version: photo.version, state: .unreadable,
                        problem: "it leads out of the project's folder")
                }
            }
            return facts.flatMap { photo.state == .new ? PhotoFacts(photo, $0) : nil }
        }
    }

    /// Returns the findings `dark`, `blurred` and `tiny`, from what `makeAll` measured.
    ///
    /// - Throws: `ProjectError` if the project can't be read.
    package func pixelFindings() throws(ProjectError) -> [Finding] {
        let photos = Set(try project.ids(PhotoFilter(state: .ok)))
        return PhotoMeasures.findings(in: cache.measuredPhotos().filter { photos.contains($0.id) })
    }
}

/// A thumbnail and the facts of its photo.
struct DrawnThumbnail {
    let jpeg: [UInt8]
    let facts: CachedFacts

    init(_ reduced: ReducedImage) throws(ImageError) {
        jpeg = try reduced.image.jpegData(quality: 80)
        facts = CachedFacts(
            width: reduced.width, height: reduced.height, digest: reduced.digest,
            measures: PhotoMeasures(reduced.image))
    }
}

extension PhotoFacts {
    init(_ photo: Photo, _ facts: CachedFacts) {
        self.init(
            id: photo.id, version: photo.version, state: .ok, width: facts.width, height: facts.height,
            digest: facts.digest)
    }

    init(_ photo: Photo, _ error: ImageError) {
        self.init(id: photo.id, version: photo.version, state: .unreadable, problem: error.message)
    }

    init(missing photo: Photo) { self.init(id: photo.id, version: photo.version, state: .missing) }
}

/// Returns a photo as a JPEG for the screen: upright, and at most `longestSide` pixels wide and high.
///
/// - Throws: `ImageError` unless the file is a complete image of an allowed size.
package func displayJPEG(of path: String, longestSide: Int) throws -> [UInt8] {
    try ReducedImage(contentsOf: path, longestSide: max(1, longestSide)).image.jpegData(quality: 90)
}
