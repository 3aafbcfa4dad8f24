internal import Platform
internal import StudioProject
internal import TorchVision

/// What all parts of the studio share.
final class StudioContext: Sendable {
    /// The project on disk.
    let project: Project
    /// The thumbnails of its photos.
    let thumbnails: Thumbnails
    /// The long works.
    let jobs: JobBoard
    /// The events for the pages.
    let hub: EventHub
    /// The program `apus`, which trains, exports and serves as a child process.
    let executable: String
    /// The published weights.
    let store: WeightsStore

    /// Creates the context of a project.
    ///
    /// - Parameters:
    ///   - project: the project.
    ///   - executable: the path of the program `apus`.
    ///   - store: the published weights.
    /// - Throws: `ProjectError` if the thumbnails can't be opened.
    init(_ project: Project, executable: String, store: WeightsStore = .standard) throws {
        (self.project, self.executable, self.store) = (project, executable, store)
        thumbnails = try Thumbnails(project: project)
        hub = EventHub(revision: { [project] in project.revision })
        jobs = JobBoard(hub: hub)
    }
}
