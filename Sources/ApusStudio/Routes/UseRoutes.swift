internal import Platform
internal import StudioProject

/// What a run's model is used for: files in other formats, commands, and a server.
struct UseRoutes: RouteGroup {
    private let context: StudioContext
    private let runs: RunService
    private let exports: Exports
    private let servers: ModelServers

    /// What `GET /api/runs/NAME/use` answers.
    private struct Answer: Encodable {
        struct Commands: Encodable {
            let predict, evaluate, train, serve, swift: String
        }

        let files: [Exports.File]
        let commands: Commands
        @OrNull var serving: Server?
    }

    private struct Server: Encodable {
        let url: String
    }

    private struct Started: Encodable {
        let job: Job
    }

    private struct ExportRequest: Decodable {
        let kind: String
    }

    init(_ context: StudioContext, _ runs: RunService) {
        (self.context, self.runs) = (context, runs)
        exports = Exports(context, runs)
        servers = ModelServers(runs)
    }

    /// Ends the server of a run that was deleted, and removes its exports.
    func forget(_ run: String) async {
        await servers.stop(run)
        try? removeTree(context.project.path(inside: "exports/\(run)"))
    }

    /// Ends the servers of models.
    func stopAll() async { await servers.stopAll() }

    func add(to routes: inout RouteTable) {
        routes.get("runs/:name/use") { request in
            let run = request.parameter("name")
            return try .json(
                Answer(
                    files: try exports.files(of: run), commands: try commands(of: run),
                    serving: servers.address(of: run).map(Server.init)))
        }
        routes.post("runs/:name/export") { request in
            let kind = try kind(try await request.json(ExportRequest.self).kind)
            return try .json(Started(job: try exports.start(kind, of: request.parameter("name"))))
        }
        routes.get("runs/:name/files/:kind") { request in
            let file = try exports.file(try kind(request.parameter("kind")), of: request.parameter("name"))
            return try .file(file.path, type: "application/octet-stream", name: file.name)
        }
        routes.post("runs/:name/serve") { request in
            try .json(Server(url: try await servers.start(request.parameter("name"))))
        }
        routes.post("runs/:name/serve/stop") { request in
            let run = request.parameter("name")
            _ = try runs.directory(of: run)
            await servers.stop(run)
            return .empty
        }
    }

    private func kind(_ name: String) throws -> Exports.Kind {
        guard let kind = Exports.Kind(rawValue: name) else {
            let kinds = Exports.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw StudioError(.invalid, "there is no file '\(name.shown)'; the kinds are \(kinds)")
        }
        return kind
    }

    private func commands(of run: String) throws -> Answer.Commands {
        let directory = try runs.directory(of: run)
        let (path, table) = (directory + "/best.safetensors", RunTable.path(of: run, in: context.project))
        let model = path.commandWord
        return Answer.Commands(
            predict: "apus predict \(model) photo.jpg",
            evaluate: "apus evaluate \(model) \(table.commandWord)",
            train: "apus train \(table.commandWord) --config \((directory + "/config.json").commandWord)",
            serve: "apus serve \(model)",
            swift: """
                import Classifier

                let classifier = try await ImageClassifier(contentsOf: \(path.swiftLiteral))
                let prediction = try await classifier.predict("photo.jpg")
                print(prediction.label, prediction.probability)
                """)
    }
}
