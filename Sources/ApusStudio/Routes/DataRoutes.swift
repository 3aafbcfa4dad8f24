internal import Platform
internal import StudioProject

/// The photos of the project: lists, thumbnails, edits, new files.
struct DataRoutes: RouteGroup {
    /// The largest number of photos in a part of a list.
    private static let largestPart = 1000
    /// The largest size of a dropped file in bytes.
    private static let largestUpload = 64 << 20

    let context: StudioContext
    /// Called when labels, splits or photos have changed.
    let onEdit: @Sendable () -> Void

    init(_ context: StudioContext, onEdit: @escaping @Sendable () -> Void = {}) {
        (self.context, self.onEdit) = (context, onEdit)
    }

    private struct List: Encodable {
        let total: Int
        let photos: [PagePhoto]
    }

    private struct Numbers: Encodable {
        let ids: [Int]
    }

    private struct Started: Encodable {
        let job: Job
    }

    private struct Uploaded: Encodable {
        let photo: PagePhoto
        /// Whether the project had no photo with these bytes.
        let isNew: Bool
    }

    func add(to routes: inout RouteTable) {
        // The project is locked while a large edit or a scan is written. Swift's few threads must not wait for it.
        routes.get("photos") { request in
            let filter = try PhotoFilter(request)
            let (offset, limit) = try request.page(limit: 200, atMost: Self.largestPart)
            return try await onOwnThread("photos") {
                let photos = try context.project.photos(filter, offset: offset, limit: limit)
                return try .json(List(total: context.project.count(filter), photos: photos.map { PagePhoto($0) }))
            }
        }
        routes.get("photos/ids") { request in
            let filter = try PhotoFilter(request)
            return try await onOwnThread("photos") { try .json(Numbers(ids: context.project.ids(filter))) }
        }
        routes.get("photos/:id") { request in
            let id = try request.number("id")
            return try await onOwnThread("photos") { try .json(PagePhotoDetails(id, in: context.project)) }
        }
        routes.get("thumbnails/:id") { request in
            try await jpeg(request) { try context.thumbnails.jpeg(of: $0) }
        }
        routes.get("images/:id") { request in
            let side = min(max(try request.int("size") ?? 1600, 64), 4096)
            return try await jpeg(request) { photo in
                try displayJPEG(of: context.project.absolutePath(of: photo), longestSide: side)
            }
        }
        routes.get("table") { _ in
            try await onOwnThread("table") {
                let text = try context.project.tableText(in: context.project.folder)
                return .bytes(text.fileNameBytes, type: "text/csv; charset=utf-8", name: "labels.csv")
            }
        }
        routes.post("edits") { request in
            let edit = try await request.json(PageEdit.self).edit
            return try await change {
                let (summary, created) = try context.project.apply(edit)
                return PageEdit.Applied(revision: context.project.revision, summary: summary, created: created)
            }
        }
        routes.post("undo") { _ in
            try await change {
                PageEdit.Undone(summary: try context.project.undo(), revision: context.project.revision)
            }
        }
        routes.post("redo") { _ in
            try await change {
                PageEdit.Undone(summary: try context.project.redo(), revision: context.project.revision)
            }
        }
        routes.post("upload") { try await upload($0) }
        routes.post("scan") { _ in try .json(Started(job: Self.scan(context, onEdit: onEdit))) }
    }

    /// A photo as JPEG. The browser may keep it forever if it asked for this version of the photo.
    private func jpeg(
        _ request: APIRequest, _ draw: @escaping @Sendable (Photo) throws -> [UInt8]
    ) async throws -> APIResponse {
        let id = try request.number("id")
        return try await onOwnThread("photo") {
            let photo = try context.project.photo(id)
            return .bytes(
                try draw(photo), type: "image/jpeg", isImmutable: request.query("v") == photo.version)
        }
    }

    /// Changes the project, and reports it to the pages.
    private func change(_ body: @escaping @Sendable () throws -> some Encodable & Sendable) async throws -> APIResponse
    {
        let answer = try await onOwnThread("edit") { try body() }
        context.hub.changed("photos", "classes", "findings")
        onEdit()
        return try .json(answer)
    }

    private func upload(_ request: APIRequest) async throws -> APIResponse {
        guard let name = request.query("name") else { throw StudioError(.invalid, "the file needs a name") }
        let (classID, className) = (try request.int("class"), request.query("className"))
        let bytes = try await request.body(limit: Self.largestUpload)
        let (photo, isNew) = try await onOwnThread("upload") {
            try context.thumbnails.addPhoto(named: name, bytes: bytes, classID: classID, className: className)
        }
        context.hub.changed("photos", "classes")
        if photo.classID != nil { onEdit() }
        return try .json(Uploaded(photo: PagePhoto(photo), isNew: isNew))
    }
}
