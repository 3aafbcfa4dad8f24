internal import Images
internal import Platform

extension Thumbnails {
    /// Adds a photo that was dropped on the page, after decoding it to its end.
    ///
    /// A file with the same bytes as a photo of the project is that photo. If it was removed, it is restored, and if it
    /// has no class, it gets the one that is given.
    ///
    /// - Parameters:
    ///   - name: The name that the file had.
    ///   - bytes: The file's bytes.
    ///   - classID: The class; nil for none.
    ///   - className: The name of the class instead, which is added if there is none of this name.
    /// - Throws: `ImageError` unless the bytes are a complete image of an allowed size; `ProjectError`.
    package func addPhoto(
        named name: String, bytes: [UInt8], classID: Int? = nil, className: String? = nil
    ) throws -> (photo: Photo, isNew: Bool) {
        guard !project.isReadOnly else { throw ProjectError(.readOnly, "the project is open read-only") }
        let drawn: DrawnThumbnail
        do throws(ImageError) {
            drawn = try DrawnThumbnail(ReducedImage(decoding: bytes, longestSide: Self.longestSide))
        } catch {
            throw error.naming(path: name.fileName.shown)
        }
        // One by one, so that files with the same bytes that arrive at the same time are seen as such.
        return try adding.withLock { _ in
            let classID = try classID ?? className.map(findOrAddClass)
            if let known = try twin(of: drawn.facts.digest) {
                return (try include(known, classID: classID), false)
            }
            let photo = try project.addPhoto(named: name, bytes: bytes, classID: classID)
            cache.insert(drawn.jpeg, drawn.facts, of: photo)
            try project.set([PhotoFacts(photo, drawn.facts)])
            return (try project.photo(photo.id), true)
        }
    }

    private func findOrAddClass(_ name: String) throws(ProjectError) -> Int {
        if let known = project.classes.first(where: { $0.name == name }) { return known.id }
        guard let id = try project.apply(.addClass(name: name)).created else {
            throw ProjectError(.invalidEdit, "the class '\(name.shown)' can't be added")
        }
        return id
    }

    /// The photo with this content, if its file is still as it was decoded.
    private func twin(of digest: String) throws(ProjectError) -> Photo? {
        for (id, version) in cache.photos(withDigest: digest) {
            guard let photo = try? project.photo(id), photo.version == version, photo.state != .missing,
                (try? project.absolutePath(of: photo)) != nil
            else { continue }
            return photo
        }
        return nil
    }

    private func include(_ photo: Photo, classID: Int?) throws(ProjectError) -> Photo {
        if photo.isRemoved { try project.apply(.restore([photo.id])) }
        if photo.classID == nil, let classID { try project.apply(.label([photo.id], classID: classID)) }
        return try project.photo(photo.id)
    }
}
