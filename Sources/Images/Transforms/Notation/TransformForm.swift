internal import Platform

/// How one transform is written, and what is made of it.
struct TransformForm: Sendable {
    /// Reads the arguments.
    typealias Reading = @Sendable (TransformArguments) throws -> TransformStep

    /// The name in canonical form.
    let name: String
    private let names: Set<String>
    /// The parameters' names, in their order.
    let parameterNames: [String]
    private let aliases: [String: String]
    /// How it is written, with all arguments.
    let usage: String
    let read: Reading

    /// A form.
    ///
    /// - Parameters:
    ///   - names: the canonical one first; torchvision's and others behind. Capitals and underscores don't matter.
    ///   - parameters: in order, each as it is shown: its name, after `|` other names, and after a colon what it is
    ///     where it is left out. A `-` in front keeps it from being shown.
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

    /// The parameter that goes by this name.
    func parameter(_ name: some StringProtocol) -> String? { aliases[name.normalizedName] }

    /// Whether the transform goes by this name.
    func isCalled(_ name: some StringProtocol) -> Bool { names.contains(name.normalizedName) }

    /// All transforms that there are.
    static let all: [TransformForm] = geometric + warping + coloring + policies + views + mixing

    /// What people take over from PyTorch, and need not.
    private static let needless = [
        "totensor", "piltotensor", "toimage", "todtype", "convertimagedtype", "normalize",
    ]

    /// Reads one step.
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
            return "leave '\(name)' out: the network's preprocessing defines how pixels become numbers"
        }
        let names = all.map(\.name)
        if let near = names.nearest(to: name) { return "'\(name)' is no transform; is it '\(near)'?" }
        return "'\(name)' is no transform; there are \(names.joined(separator: ", "))"
    }
}

/// What one step of a list is.
struct TransformStep: Sendable {
    /// What is done.
    enum Work: Sendable {
        case transform(any ImageTransform)
        case views(any PictureViews)
        case mix(BatchMix)
    }

    let work: Work
    /// In canonical form.
    let notation: String

    init(_ transform: some NotedTransform) {
        work = .transform(transform)
        notation = transform.notation
    }

    init(_ views: some PictureViews) {
        work = .views(views)
        notation = views.notation
    }

    init(_ mix: BatchMix) {
        work = .mix(mix)
        notation = mix.notation
    }
}

extension TransformForm {
    /// What mixes whole batches.
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
