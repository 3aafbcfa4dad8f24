/// A long work that the page shows with its progress.
struct Job: Sendable, Encodable {
    /// The states of a work.
    enum State: String, Sendable, Encodable {
        case waiting, running, done, failed, canceled

        /// Whether it has ended.
        var isOver: Bool { self != .waiting && self != .running }
    }

    let id: Int
    /// What it does: `scan`, `thumbnails`, `features`, `head`, `check`, `plan`, `evaluate`, `export`, `explain`.
    let kind: String
    /// The run that it is about.
    @OrNull var run: String?
    var state = State.waiting
    /// How much is done, and how much there is.
    var done = 0
    @OrNull var total: Int? = nil
    @OrNull var secondsLeft: Double? = nil
    /// Units per second.
    @OrNull var rate: Double? = nil
    /// The reason of a failure, or what it does now.
    @OrNull var message: String? = nil
}

/// Works of one lane run one after another.
enum JobLane: Sendable {
    /// Works that use the tensor thread or all processors.
    case compute
    /// Works that read all files.
    case files
    /// Works that wait for something else.
    case other
}
