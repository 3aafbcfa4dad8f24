/// A step of a Slurm job: the processes that one `srun` has started.
struct SlurmStep {
    private let rank: Int
    private let count: Int

    /// Reads the variables; nil if `srun` has not started this process, or only this one. The script of a batch job has
    /// `SLURM_PROCID`, too, but it is a single process.
    init?(_ variables: LauncherVariables) throws(DistributedError) {
        guard variables.has("SLURM_PROCID"),
            ["SLURM_STEP_NUM_TASKS", "SLURM_STEP_ID", "SLURM_STEPID"].contains(where: variables.has)
        else { return nil }
        let name = variables.has("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS"
        guard let count = try variables.number(name, atLeast: 1) else {
            throw variables.missing(name, "SLURM_PROCID is set")
        }
        // A single process needs no others.
        guard count > 1 else { return nil }
        self.count = count
        rank = try variables.number("SLURM_PROCID", atLeast: 0, below: count, name) ?? 0
    }

    /// The environment: rank 0 is on the first node of the step, at a port that depends on the job and the step.
    func environment(_ variables: LauncherVariables) throws(DistributedError) -> DistributedEnvironment {
        let node = try variables.number("SLURM_NODEID", atLeast: 0) ?? 0
        var localCount = try variables.number("SLURM_NTASKS_PER_NODE", atLeast: 1)
        for name in ["SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE"] {
            guard let text = variables.text(name) else { continue }
            guard let counts = Self.counts(text) else { throw variables.wrong(name, "a list such as 2(x3),1") }
            if counts.indices.contains(node) {
                localCount = counts[node]
                break
            }
        }
        let localRank = try variables.number("SLURM_LOCALID", atLeast: 0) ?? 0
        let rendezvous: DistributedEnvironment.Rendezvous
        if let file = variables.text("APUS_RENDEZVOUS") {
            rendezvous = .file(file)
        } else {
            let job = try variables.number("SLURM_JOB_ID", atLeast: 0) ?? 0
            let step = try variables.number("SLURM_STEP_ID", atLeast: 0) ?? 0
            // Below the ports that systems give to outgoing connections.
            let port = 12000 + (job % 20000 + step % 20000) % 20000
            rendezvous = .tcp(host: try firstHost(variables), port: try variables.port(or: port))
        }
        return DistributedEnvironment(
            rank: rank, count: count, localRank: localRank, localCount: max(localCount ?? 1, localRank + 1),
            restartCount: try variables.number("SLURM_RESTART_COUNT", atLeast: 0) ?? 0, rendezvous: rendezvous)
    }

    private func firstHost(_ variables: LauncherVariables) throws(DistributedError) -> String {
        if let address = variables.text("MASTER_ADDR") { return address }
        let names = ["SLURM_STEP_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NODELIST"]
        guard let name = names.first(where: variables.has), let list = variables.text(name) else {
            throw variables.missing(names[0], "SLURM_PROCID is set")
        }
        guard let host = Self.firstHost(in: list) else {
            throw variables.wrong(name, "a list of nodes such as gpu[01-03,7],login")
        }
        return host
    }

    /// The first host of a node list: `gpu01` of `gpu[01-03,7],login`; nil if it is malformed.
    static func firstHost(in list: String) -> String? {
        var host = ""
        /// Whether the characters belong to a bracket, and to its first number.
        var (isInside, isFirst) = (false, false)
        for character in list {
            switch character {
            case "[" where !isInside: (isInside, isFirst) = (true, true)
            case "]" where isInside: isInside = false
            case "[", "]": return nil
            case "," where !isInside: return host.isEmpty ? nil : host
            case ",", "-":
                if isInside { isFirst = false } else { host.append(character) }
            default:
                if !isInside || isFirst { host.append(character) }
            }
        }
        return host.isEmpty || isInside ? nil : host
    }

    /// The tasks of each node: 2, 2, 2, 1 of `2(x3),1`; nil if the text is malformed.
    static func counts(_ text: String) -> [Int]? {
        var counts: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "(", omittingEmptySubsequences: false)
            guard let count = pieces.first.flatMap({ Int($0) }), count > 0, pieces.count <= 2 else { return nil }
            var times = 1
            if pieces.count == 2 {
                guard pieces[1].first == "x", pieces[1].last == ")", let number = Int(pieces[1].dropFirst().dropLast()),
                    (1...1_000_000).contains(number)
                else { return nil }
                times = number
            }
            counts += Array(repeating: count, count: times)
        }
        return counts
    }
}
