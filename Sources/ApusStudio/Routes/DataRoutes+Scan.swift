internal import Platform
internal import StudioProject

extension DataRoutes {
    /// The time between two events that tell the pages which photos can't be read.
    private static let interval = Duration.seconds(3)

    /// Starts looking for photos in the folder, and then decoding those that are new.
    @discardableResult
    static func scan(_ context: StudioContext, onEdit: @escaping @Sendable () -> Void = {}) -> Job {
        context.jobs.start("scan", lane: .files) { progress in
            let result = try await onOwnThread("scan") {
                try context.project.scan { done in
                    try Task.checkCancellation()
                    progress.report(done: done)
                }
            }
            if result.added + result.changed + result.missing > 0 {
                context.hub.changed("photos", "classes", "findings")
                onEdit()
            }
            makeThumbnails(context)
        }
    }

    /// Starts decoding the photos that were not decoded yet.
    private static func makeThumbnails(_ context: StudioContext) {
        context.jobs.start("thumbnails", lane: .files) { progress in
            defer { context.hub.changed("photos") }
            try await onOwnThread("thumbnails") {
                var reported = ContinuousClock.now
                try context.thumbnails.makeAll { done, total in
                    try Task.checkCancellation()
                    progress.report(done: done, total: total)
                    if .now - reported > interval {
                        reported = .now
                        context.hub.changed("photos")
                    }
                }
            }
        }
    }
}
