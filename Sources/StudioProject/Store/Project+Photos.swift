internal import Images
internal import LibC
internal import Platform

extension Project {
    /// A photo.
    ///
    /// - Throws: `ProjectError` if there is none of this number.
    package func photo(_ id: Int) throws(ProjectError) -> Photo {
        try withState { state throws(ProjectError) in try state.photo(id) }
    }

    /// Photos, in the order of their numbers in `ids`.
    ///
    /// - Throws: `ProjectError` if one does not exist.
    package func photos(_ ids: [Int]) throws(ProjectError) -> [Photo] {
        try withState { state throws(ProjectError) in try state.photos(ids[...]) }
    }

    /// A part of the photos that pass a filter, in its order.
    package func photos(_ filter: PhotoFilter, offset: Int, limit: Int) throws(ProjectError) -> [Photo] {
        try withState { state throws(ProjectError) in
            try state.photos(state.list(filter).dropFirst(max(offset, 0)).prefix(max(limit, 0)))
        }
    }

    /// The numbers of all photos that pass a filter, in its order.
    package func ids(_ filter: PhotoFilter) throws(ProjectError) -> [Int] {
        try withState { state throws(ProjectError) in try state.list(filter) }
    }

    /// The number of photos that pass a filter.
    package func count(_ filter: PhotoFilter) throws(ProjectError) -> Int {
        try withState { state throws(ProjectError) in try state.list(filter).count }
    }

    /// The path of a photo's file, which is inside the project's folder.
    ///
    /// - Throws: `ProjectError` if there is no file, or if links or the name lead out of the folder.
    package func absolutePath(of photo: Photo) throws(ProjectError) -> String {
        guard FolderPath.isInside(photo.path.fileNameBytes) else { throw Self.outside(photo.path) }
        let path = folder + "/" + photo.path
        guard let resolved = path.withFileName({ realpath($0, nil) }) else {
            throw ProjectError(.missingFile, "\(photo.path): the file can't be opened: scan the folder again")
        }
        defer { free(resolved) }
        let target = FilePath(String(fileName: resolved))
        let name = target.bytes(within: FilePath(folder))
        guard name != target.bytes, FolderPath.isInside(name) else { throw Self.outside(photo.path) }
        return target.text
    }

    private static func outside(_ path: String) -> ProjectError {
        ProjectError(.outside, "\(path): it leads out of the project's folder, so it is not read")
    }

    /// Stores what decoding found out. It is not part of undo.
    package func set(_ facts: [PhotoFacts]) throws(ProjectError) {
        try withState { state throws(ProjectError) in try state.set(facts) }
    }

    /// Stores what decoding a photo found out. It is not part of undo.
    package func set(
        state: Photo.State, problem: String? = nil, width: Int? = nil, height: Int? = nil, digest: String? = nil,
        for id: Int
    ) throws(ProjectError) {
        try set([
            PhotoFacts(id: id, state: state, problem: problem, width: width, height: height, digest: digest)
        ])
    }
}

/// Paths relative to the project's folder.
enum FolderPath {
    /// Whether the path leads only downward.
    static func isPlain(_ path: [UInt8]) -> Bool {
        !path.contains(0)
            && path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
    }

    /// Whether the path names a photo without leading out of the folder, or to what the project keeps for itself.
    static func isInside(_ path: [UInt8]) -> Bool {
        let isOwn = path.split(separator: UInt8(ascii: "/")).first?.elementsEqual(".apus".utf8) ?? false
        return isPlain(path) && (!isOwn || path.starts(with: ".apus/photos/".utf8))
    }
}

extension ProjectState {
    /// The columns of a photo.
    private static let columns =
        "id, path, class, split, state, problem, width, height, size, modified, digest, removed"

    func photo(_ id: Int) throws(ProjectError) -> Photo {
        let found = try database.first("SELECT \(Self.columns) FROM photos WHERE id = ?", .integer(id)) { row in
            Photo(
                id: row[0], path: String(fileName: row.bytes(1)), classID: row.integer(2),
                split: Split(number: row.integer(3)), state: Photo.State(number: row[4]), problem: row.text(5),
                width: row.integer(6), height: row.integer(7), size: row[8], modified: Int64(row[9]),
                digest: row.text(10), isRemoved: row[11] != 0)
        }
        guard let found else { throw .unknownPhoto(id) }
        return found
    }

    func photos(_ ids: ArraySlice<Int>) throws(ProjectError) -> [Photo] {
        var photos: [Photo] = []
        photos.reserveCapacity(ids.count)
        for id in ids { photos.append(try photo(id)) }
        return photos
    }

    /// The photos that pass a filter. The latest lists are kept, because a page asks for one part after another.
    func list(_ filter: PhotoFilter) throws(ProjectError) -> [Int] {
        if let place = lists.firstIndex(where: { $0.filter == filter }) {
            lists.append(lists.remove(at: place))
            return lists[lists.count - 1].ids
        }
        let (sql, values) = filter.query
        let ids = try database.rows(sql, values) { $0[0] }
        if lists.count >= 8 { lists.removeFirst() }
        lists.append((filter, ids))
        return ids
    }

    func set(_ facts: [PhotoFacts]) throws(ProjectError) {
        var aspects: Aspects = []
        let states = try facts.map { fact throws(ProjectError) in try cell(of: fact.id).state }
        for (old, fact) in zip(states, facts) where old != fact.state {
            aspects.insert(old == .missing || fact.state == .missing ? [.files, .states] : .states)
        }
        try change(aspects, isEdit: false) { () throws(ProjectError) in
            for fact in facts {
                guard
                    try fact.version.map({ version throws(ProjectError) in try photo(fact.id).version == version })
                        ?? true
                else { continue }
                let old = try cell(of: fact.id)
                var new = old
                new.state = fact.state
                tally.move(old, to: new)
                try database.run(
                    "UPDATE photos SET state = ?, problem = ?, width = ?, height = ?, digest = ? WHERE id = ?",
                    .integer(fact.state.number), SQLValue(fact.problem), SQLValue(fact.width), SQLValue(fact.height),
                    SQLValue(fact.digest), .integer(fact.id))
            }
        }
    }
}
