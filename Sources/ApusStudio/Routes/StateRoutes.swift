internal import Apus
internal import Classifier
internal import Drawing
internal import Platform
internal import StudioProject
internal import Torch

/// The state of the whole project, its events, and its works.
struct StateRoutes: RouteGroup {
    let context: StudioContext
    let features: FeatureService
    let labels: LabelService
    let runs: RunService

    /// What `GET /api/state` answers.
    private struct State: Encodable {
        struct Folder: Encodable {
            let folder, name, version: String
            let readOnly: Bool
        }
        struct Class: Encodable {
            let id: Int
            let name: String
            let photos, test: Int
        }
        struct Features: Encodable {
            let done, total: Int
            let network: String
        }
        struct Tools: Encodable {
            let libtorch, drawing: Bool
        }

        let project: Folder
        let revision: Int
        let counts: Counts
        let classes: [Class]
        @OrNull var undo: EditSummary?
        @OrNull var redo: EditSummary?
        @OrNull var features: Features?
        @OrNull var head: HeadState?
        let findings: [String: Int]
        let jobs: [Job]
        let runs: [Run]
        let tools: Tools
    }

    func add(to routes: inout RouteTable) {
        // The project may be locked for a while. Swift's few threads must not wait for it.
        routes.get("state") { [self] _ in try await onOwnThread("state") { try .json(state) } }
        routes.get("events") { [hub = context.hub] _ in .events(hub.events()) }
        routes.post("jobs/:id/cancel", needsWriting: false) { [jobs = context.jobs] request in
            try jobs.cancel(try request.number("id"))
            return .empty
        }
    }

    private var state: State {
        get {
            let project = context.project
            return State(
                project: State.Folder(
                    folder: project.folder.printable, name: project.folder.fileName.printable, version: apusVersion,
                    readOnly: project.isReadOnly),
                revision: project.revision, counts: project.counts,
                classes: project.classes.map {
                    State.Class(id: $0.id, name: $0.name, photos: $0.photos, test: $0.test)
                },
                undo: project.undoSummary, redo: project.redoSummary,
                features: features.progress.map {
                    State.Features(done: $0.done, total: $0.total, network: $0.network)
                },
                head: labels.head,
                findings: Dictionary(uniqueKeysWithValues: project.findingCounts.map { ($0.rawValue, $1) }),
                jobs: context.jobs.all, runs: runs.all,
                tools: State.Tools(
                    libtorch: (try? LibTorch.demand()) != nil, drawing: DrawingLibraries.isAvailable))
        }
    }
}
