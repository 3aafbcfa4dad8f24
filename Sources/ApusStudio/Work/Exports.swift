internal import LibC
internal import Platform
internal import StudioProject

/// The files of a run's model in other formats, which children of this program write.
final class Exports: Sendable {
    /// The formats.
    enum Kind: String, CaseIterable {
        /// The model file itself.
        case model
        case onnx
        /// ONNX, quantized to 8-bit integers.
        case int8
        /// A state dict for PyTorch.
        case pth

        /// The end of the file's name.
        fileprivate var ending: String {
            switch self {
            case .model: ".safetensors"
            case .onnx: ".onnx"
            case .int8: "-int8.onnx"
            case .pth: ".pth"
            }
        }
    }

    /// A file as the page sees it.
    struct File: Sendable, Encodable {
        let kind, name: String
        @OrNull var bytes: Int?
        /// `ready`, `none`, `running` or `failed`.
        let state: String
        @OrNull var message: String?
    }

    private let context: StudioContext
    private let runs: RunService
    /// The last works by their files.
    private let jobs = Monitor<[String: Int]>([:])

    init(_ context: StudioContext, _ runs: RunService) { (self.context, self.runs) = (context, runs) }

    /// Returns the files of a run, and those that it could have.
    func files(of run: String) throws -> [File] {
        let model = try model(of: run)
        return Kind.allCases.map { kind in
            let path = path(kind, run, model)
            let size = isCurrent(path, model) ? FilePath(path).status()?.size : nil
            let job = jobs.withLock { $0[path] }.flatMap { id in context.jobs.all.last { $0.id == id } }
            let state =
                job.map { !$0.state.isOver } == true
                ? "running" : size != nil ? "ready" : job?.state == .failed ? "failed" : "none"
            return File(
                kind: kind.rawValue, name: run + kind.ending, bytes: size, state: state,
                message: state == "failed" ? job?.message : nil)
        }
    }

    /// Returns the path of a file.
    ///
    /// - Throws: `StudioError` if it was not exported yet.
    func file(_ kind: Kind, of run: String) throws -> (path: String, name: String) {
        let model = try model(of: run)
        let path = path(kind, run, model)
        guard isCurrent(path, model) else {
            throw StudioError(.notFound, "there is no file \(run + kind.ending); export it first")
        }
        return (path, run + kind.ending)
    }

    /// Starts an export.
    ///
    /// - Throws: `StudioError` if there is no model, or no table for the calibration of int8.
    func start(_ kind: Kind, of run: String) throws -> Job {
        guard kind != .model else { throw StudioError(.invalid, "the model file is there already; download it") }
        let (model, table) = (try model(of: run), RunTable.path(of: run, in: context.project))
        guard kind != .int8 || fileExists(table) else {
            throw StudioError(.conflict, "the table of '\(run)' is missing, which has the images for the calibration")
        }
        let path = path(kind, run, model)
        let folder = FilePath(path).parent.text
        // The name of an unfinished file is none that could be downloaded.
        let unfinished = folder + "/." + kind.rawValue + kind.ending
        var arguments = ["export", model, "--out", unfinished]
        switch kind {
        case .model, .pth: arguments += ["--format", "pth"]
        case .onnx: arguments += ["--format", "onnx", "--with-preprocessing", "pixels"]
        case .int8: arguments += ["--format", "onnx", "--int8", "--calibrate", table]
        }
        // Quantization uses all processors.
        let job = context.jobs.start(
            "export", lane: kind == .int8 ? .compute : .other, run: run, part: kind.rawValue
        ) { [runs, arguments] progress in
            progress.message(run + kind.ending)
            try await onOwnThread("export") {
                let version = RunModel.version(of: model)
                try makeFolder(folder)
                defer { try? removeFile(unfinished) }
                try Self.wait(for: try runs.program(arguments))
                guard RunModel.version(of: model) == version else {
                    throw StudioError(.conflict, "the model has changed meanwhile; export it again")
                }
                try renameFile(unfinished, to: path)
            }
        }
        jobs.withLock { $0[path] = job.id }
        return job
    }

    /// Waits for the end of a process. It is killed if the task is canceled.
    ///
    /// - Throws: `StudioError` with the last line that it printed, if it fails.
    private static func wait(for process: ChildProcess) throws {
        var messages = LastLines()
        while true {
            switch try process.next(until: .now + .seconds(60)) {
            case .errors(let bytes): messages.add(bytes)
            case .output, .late: break
            case .end(.status(0)): return
            case .end: throw StudioError(.failed, messages.last ?? "the export ended without a message")
            }
        }
    }

    private func model(of run: String) throws -> String {
        let path = try runs.directory(of: run) + "/best.safetensors"
        guard fileExists(path) else { throw StudioError.noModel(run) }
        return path
    }

    private func path(_ kind: Kind, _ run: String, _ model: String) -> String {
        kind == .model ? model : context.project.path(inside: "exports/\(run)/\(run)\(kind.ending)")
    }

    /// Whether a file is not older than the model.
    private func isCurrent(_ path: String, _ model: String) -> Bool {
        guard let file = FilePath(path).status(), let source = FilePath(model).status() else { return false }
        return file.modified >= source.modified
    }
}

/// The last lines that a process printed.
struct LastLines: Sendable {
    private var bytes: [UInt8] = []

    /// Adds what the process printed.
    mutating func add(_ more: [UInt8]) { bytes = (bytes + more).suffix(8192) }

    /// The complete lines.
    var lines: [String] {
        let end = bytes.lastIndex { $0 == UInt8(ascii: "\n") } ?? bytes.startIndex
        return Self.lines(bytes[..<end])
    }

    /// The last line, without the name of the program.
    var last: String? {
        Self.lines(bytes[...]).last.map { $0.hasPrefix("apus: ") ? String($0.dropFirst(6)) : $0 }
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map { String($0).printable }
            .filter { !$0.isEmpty }
    }
}
