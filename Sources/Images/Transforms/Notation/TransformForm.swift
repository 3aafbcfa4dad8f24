internal import Platform

/// The notation of one transform, and its parser.
struct TransformForm: Sendable {
    /// Parses the arguments.
    typealias Reading = @Sendable (TransformArguments) throws -> TransformStep

    /// The name in canonical form.
    let name: String
    private let names: Set<String>
    /// The parameters' names in order.
    let parameterNames: [String]
    private let aliases: [String: String]
    /// The notation with all arguments.
    let usage: String
    let read: Reading

    /// Creates a form.
    ///
    /// - Parameters:
    ///   - names: The canonical name, then torchvision's and others. Case and underscores are ignored.
    ///   - parameters: The parameters in order: name, other names after `|`, and the default after a colon. A leading
    ///     `-` hides the parameter in the usage.
    init(_ names: [String], _ parameters: [String], read: @escaping Reading) {
        name = names[0]
        self.names = Set(names.map(\.normalizedName))
        var parameterNames: [String] = []
        var aliases: [String: String] = [:]
        var shown: [String] = []
        for spelling in parameters {
            let isShown = !spelling.hasPrefix("-")
            let parameter = isShown ? spelling : String(spelling.dropFirst())
            let halves = parameter.split(separator: ":", maxSplits: 1).map(String.init)
            let all = halves[0].split(separator: "|").map(String.init)
            parameterNames.append(all[0])
            for alias in all { aliases[alias.normalizedName] = all[0] }
            if isShown { shown.append(all[0] + (halves.count > 1 ? ":" + halves[1] : "")) }
        }
        self.parameterNames = parameterNames
        self.aliases = aliases
        usage =
            (shown.isEmpty ? name : "\(name)(\(shown.joined(separator: ", ")))")
            + (parameterNames.contains("size") ? ", where size is one number or (height, width)" : "")
        self.read = read
    }

    /// The parameter with this name.
    func parameter(_ name: some StringProtocol) -> String? { aliases[name.normalizedName] }

    /// Whether the transform has this name.
    func isCalled(_ name: some StringProtocol) -> Bool { names.contains(name.normalizedName) }

    /// All transforms.
    static let all: [TransformForm] = geometric + warping + coloring + policies + views + mixing

    /// PyTorch transforms that are not needed.
    private static let needless = [
        "totensor", "piltotensor", "toimage", "todtype", "convertimagedtype", "normalize",
    ]

    /// Parses one step.
    static func step(_ step: NotedStep) throws(NotationError) -> TransformStep {
        let (name, place) = step.name
        do {
            guard let form = all.first(where: { $0.isCalled(name) }) else {
                throw NotationError(unknown(String(name)), at: place)
            }
            return try form.read(TransformArguments(step, form: form))
        } catch {
            throw error as? NotationError ?? NotationError("\(error)", at: place)
        }
    }

    private static func unknown(_ name: String) -> String {
        if needless.contains(name.normalizedName) {
            return "remove '\(name)': the network's preprocessing converts and normalizes pixels"
        }
        let names = all.map(\.name)
        if let near = names.nearest(to: name) { return "unknown transform '\(name)'; did you mean '\(near)'?" }
        return "unknown transform '\(name)'; available: \(names.joined(separator: ", "))"
    }
}

/// One step of a list.
struct TransformStep: Sendable {
    /// The transform.
    enum Work: Sendable {
        case transform(any ImageTransform)
        case views(any ImageViews)
        case mix(BatchMix)
    }

    let work: Work
    /// In canonical form.
    let notation: String

    init(_ transform: some NotedTransform) {
        work = .transform(transform)
        notation = transform.notation
    }

    init(_ views: some ImageViews) {
        work = .views(views)
        notation = views.notation
    }

    init(_ mix: BatchMix) {
        work = .mix(mix)
        notation = mix.notation
    }
}

extension TransformForm {
    /// Transforms that mix whole batches.
    static let mixing: [TransformForm] = [
        TransformForm(["mixup"], ["alpha: 0.2"]) { arguments in
            TransformStep(BatchMix.mixup(try arguments.number("alpha", in: alphas, otherwise: 0.2)))
        },
        TransformForm(["cutmix"], ["alpha: 1"]) { arguments in
            TransformStep(BatchMix.cutmix(try arguments.number("alpha", in: alphas, otherwise: 1)))
        },
    ]

    private static let alphas = 0.001...1000.0
}
