internal import Apus
internal import Platform

/// Training: what is offered, the plan, and the runs.
struct TrainRoutes: RouteGroup {
    let context: StudioContext
    let runs: RunService

    /// Called with the name of a run that was deleted.
    let onDelete: @Sendable (String) async -> Void

    init(
        _ context: StudioContext, _ runs: RunService, onDelete: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        (self.context, self.runs, self.onDelete) = (context, runs, onDelete)
    }

    private struct NewRun: Decodable {
        let preset: TrainingPreset
        let settings: [String: ConfigurationValue]?
        let name: String?
    }

    private struct Answer: Encodable {
        let run: String
    }

    private var planner: TrainingPlanner { TrainingPlanner(context: context, runs: runs) }

    func add(to routes: inout RouteTable) {
        routes.get("train/options") { [self] _ in
            try .json(try await onOwnThread("options") { try planner.choices() })
        }
        routes.post("train/plan") { [self] request in
            let new = try await request.json(NewRun.self)
            return try .json(
                try await onOwnThread("plan") { try planner.plan(new.preset, new.settings ?? [:]).plan })
        }
        routes.post("train") { [self] request in
            let new = try await request.json(NewRun.self)
            let name = new.name.flatMap { $0.isEmpty ? nil : $0 }
            let run = try await onOwnThread("start") { try runs.start(new.preset, new.settings ?? [:], name: name) }
            return try .json(Answer(run: run))
        }
        routes.get("runs") { [self] _ in try .json(await onOwnThread("runs") { runs.all }) }
        routes.get("runs/:name") { [self] request in
            let name = request.parameter("name")
            return try .json(try await onOwnThread("run") { try runs.details(name) })
        }
        for (action, work) in [("stop", runs.stop), ("resume", runs.resume), ("delete", runs.delete)] {
            routes.post("runs/:name/\(action)") { request in
                let name = request.parameter("name")
                try await onOwnThread(action) { try work(name) }
                if action == "delete" { await onDelete(name) }
                return try .json(Answer(run: name))
            }
        }
    }
}
