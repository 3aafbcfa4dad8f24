internal import LibC
internal import Platform

/// The process of Apus that started this one.
enum ParentProcess {
    /// The environment variable with its number.
    static let variable = "APUS_PARENT"

    /// Ends this process in order, as SIGTERM does, when the one that started it is gone, also after SIGKILL. Without
    /// `variable`, it does nothing.
    static func endWithIt() {
        guard let parent = getenv(variable).flatMap({ Int32(String(cString: $0)) }) else { return }
        _ = WorkerThread.start("parent") {
            while getppid() == parent { usleep(500_000) }
            kill(getpid(), SIGTERM)
        }
    }
}
