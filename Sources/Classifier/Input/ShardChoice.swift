package import Platform

/// The choice of a shard: a certain one, `3/8`, or that of this process among those that a launcher started, `auto` or
/// `auto/8`.
package enum ShardChoice: Sendable, Equatable {
    /// This shard.
    case shard(Shard)
    /// The shard in the environment. The number of shards is checked, or used if the environment has none.
    case automatic(count: Int?)

    /// Reads a text.
    ///
    /// - Throws: `NotationError` if it is no choice of a shard.
    package init(_ text: String) throws(NotationError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count > 1 ? Int(parts[1]) : nil
        switch (parts[0], Int(parts[0]), count) {
        case ("auto", _, nil) where parts.count == 1: self = .automatic(count: nil)
        case ("auto", _, let count?) where (1...Shard.most).contains(count): self = .automatic(count: count)
        case (_, let number?, let count?) where count > 0 && (1...count).contains(number) && count <= Shard.most:
            self = .shard(Shard(index: number - 1, of: count))
        default:
            throw NotationError(
                "'\(text.shown)' is no shard; write 3/8 for the third of eight (they count from 1), auto or auto/8",
                in: text, of: "shard")
        }
    }

    /// Returns the shard.
    ///
    /// Launchers set: `RANK` and `WORLD_SIZE` (torchrun and others); a job array of Slurm `SLURM_ARRAY_TASK_ID`, whose
    /// tasks may have several processes, and srun `SLURM_PROCID` and `SLURM_STEP_NUM_TASKS`; an Indexed Job of
    /// Kubernetes `JOB_COMPLETION_INDEX`, and the manifest of the job `APUS_SHARD_COUNT`.
    ///
    /// - Parameter environment: the environment of the process.
    /// - Throws: `ApusError` if a variable is missing or has an unusable value.
    package func shard(in environment: [String: String]) throws -> Shard {
        guard case .automatic(let given) = self else {
            if case .shard(let shard) = self { return shard }
            return .whole
        }
        let launch = LaunchEnvironment(environment)
        let expected = try given ?? launch.number("APUS_SHARD_COUNT", from: 1)
        let found = try launch.rank() ?? launch.slurm() ?? launch.completion(of: expected)
        guard let (index, count) = found else {
            throw ApusError(
                .invalidConfiguration, name: "shard", value: "auto",
                "there is no number of a shard in the environment: neither RANK nor SLURM_ARRAY_TASK_ID, SLURM_PROCID or "
                    + "JOB_COMPLETION_INDEX",
                advice: "give it, such as 3/8, or start the command with torchrun, srun, sbatch --array or an Indexed "
                    + "Job")
        }
        guard expected ?? count == count else {
            throw ApusError(
                .invalidConfiguration, name: "shard", value: count,
                "the launcher started \(count) processes, but \(expected ?? 0) shards are expected",
                advice: "start as many processes as there are shards, or give the shard, such as 3/8")
        }
        guard index < count else {
            throw ApusError(
                .invalidConfiguration, name: "shard", value: index,
                "the number of this process is \(index), counted from 0, but there are only \(count) shards",
                advice: "start as many processes as there are shards")
        }
        return Shard(index: index, of: count)
    }
}

/// What launchers of processes set in the environment. Indices count from 0.
private struct LaunchEnvironment {
    typealias Place = (index: Int, count: Int)

    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// Returns a number; nil if the variable is not set.
    func number(_ name: String, from least: Int = 0) throws -> Int? {
        guard let text = values[name], !text.isEmpty else { return nil }
        guard let number = Int(text), (least...Shard.most).contains(number) else {
            throw ApusError(
                .invalidConfiguration, name: name, value: text,
                "the environment variable \(name) is '\(text.shown)', which is no number from \(least) to \(Shard.most)",
                advice: "correct it, or give the shard, such as 3/8")
        }
        return number
    }

    private func required(_ name: String, with other: String) throws -> Int {
        if let number = try number(name) { return number }
        throw ApusError(
            .invalidConfiguration, name: name, "the environment has \(other) but not \(name)",
            advice: "set it, or give the shard, such as 3/8")
    }

    /// Returns the place among the processes of torchrun and its like.
    func rank() throws -> Place? {
        guard let index = try number("RANK") else { return nil }
        return (index, try required("WORLD_SIZE", with: "RANK"))
    }

    /// Returns the place among the tasks of a job array, and among the processes of a task.
    func slurm() throws -> Place? {
        // A batch script has SLURM_PROCID and SLURM_NTASKS too, although it is a single process: only srun makes steps.
        let step: Place? = try number("SLURM_STEP_NUM_TASKS", from: 1).map { processes in
            (try required("SLURM_PROCID", with: "SLURM_STEP_NUM_TASKS"), processes)
        }
        guard let task = try number("SLURM_ARRAY_TASK_ID") else { return step }
        let process = step ?? (0, 1)
        guard process.index < process.count else { return process }
        let count = try required("SLURM_ARRAY_TASK_COUNT", with: "SLURM_ARRAY_TASK_ID")
        let first = try required("SLURM_ARRAY_TASK_MIN", with: "SLURM_ARRAY_TASK_ID")
        let last = try required("SLURM_ARRAY_TASK_MAX", with: "SLURM_ARRAY_TASK_ID")
        let stride = count > 1 ? (last - first) / (count - 1) : 1
        guard stride > 0, first + stride * (count - 1) == last, task >= first, (task - first) % stride == 0 else {
            throw ApusError(
                .invalidConfiguration, name: "SLURM_ARRAY_TASK_ID", value: task,
                "the \(count) tasks of the array from \(first) to \(last) are no range with a constant step",
                advice: "use an array such as 0-7, or give the shard, such as 3/8")
        }
        return ((task - first) / stride * process.count + process.index, count * process.count)
    }

    /// Returns the place among the pods of an Indexed Job, which does not know their number.
    func completion(of count: Int?) throws -> Place? {
        guard let index = try number("JOB_COMPLETION_INDEX") else { return nil }
        guard let count else {
            throw ApusError(
                .invalidConfiguration, name: "APUS_SHARD_COUNT",
                "the environment has JOB_COMPLETION_INDEX but not the number of shards",
                advice: "set APUS_SHARD_COUNT to the completions of the job, or give it, such as auto/8")
        }
        return (index, count)
    }
}
