internal import Foundation
public import Inference
internal import Platform

/// A trial of an ONNX file in a process of its own.
///
/// OpenVINO reads ONNX files in C++ that a file made for it can crash, hang or bring to take any memory. `ONNXFile.check`
/// finds what is wrong by ONNX's rules; what it misses ends the other process, not this one. The other one compiles the
/// network into the cache and computes one blank image, so that all of this is done once for a file.
public enum ModelTrial {
    private static let state = Monitor((executable: String?.none, isTrial: false))

    /// The program that makes trials: one that answers `EXECUTABLE try-model FILE BATCH,STREAMS,THREADS` with status 0, or
    /// prints why not. The command `apus` names itself; where it is nil, a file is opened without a trial if all of its
    /// operators are known.
    public static var executable: String? {
        get { state.withLock { $0.executable } }
        set { state.withLock { $0.executable = newValue } }
    }

    /// Tries a file where that can be done.
    ///
    /// - Throws: `InferenceError` where the trial fails, or the file needs one and nobody can make it.
    static func demand(_ file: ONNXNetworkFile, _ shares: InferenceShares) throws {
        let (executable, isTrial) = state.withLock { $0 }
        if isTrial { return }
        guard let executable else {
            guard file.isKnown else {
                throw InferenceError(
                    .invalidModel,
                    "\(file.path): some of its operators are not known, so it is opened only where it can be tried in another "
                        + "process: name one in ModelTrial.executable, or use the command apus.")
            }
            return
        }
        // Processor time has a limit of its own; who waits for something takes none.
        try run(executable, file.path, shares, limit: .seconds(2 * seconds(for: file.byteCount)))
    }

    /// - Parameter limit: how long the trial may take.
    static func run(_ executable: String, _ path: String, _ shares: InferenceShares, limit: Duration) throws {
        let trial: TrialProcess
        do {
            // Nobody needs to see where it crashed.
            let environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
            trial = try TrialProcess(
                executable, ["try-model", path, "\(shares.batchSize),\(shares.streams),\(shares.threads)"],
                environment: environment, limit: limit)
        } catch let error as FileError {
            throw InferenceError(.failed, "\(path): no other process could be started to try the file: \(error)")
        }
        switch trial.end {
        case .status(0): return
        case .status where !trial.output.isEmpty:
            throw InferenceError(.invalidModel, trial.output.trimmingCharacters(in: .whitespacesAndNewlines))
        case .signal(SIGINT), .signal(SIGTERM): throw CancellationError()
        case .signal(SIGXCPU), .late:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO has not opened it in the time that its size allows; it is damaged, or made to waste time."
            )
        default:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO crashes on it or runs out of memory; it is damaged, or made to do that. Take another "
                    + "copy of the file.")
        }
    }

    /// How much processor time a trial may take.
    private static func seconds(for byteCount: Int) -> Int { 300 + byteCount / (5 << 20) }

    /// Makes this process one that tries a file, with bounds on what it may take.
    ///
    /// - Parameter byteCount: the size of the file and its weights.
    static func beginTrial(byteCount: Int) {
        state.withLock { $0.isTrial = true }
        func limit(_ resource: __rlimit_resource, _ value: Int) {
            var limit = rlimit()
            let number = Int32(resource.rawValue)
            guard getrlimit(number, &limit) == 0 else { return }
            limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max, rlim_t(value))
            setrlimit(number, &limit)
        }
        limit(RLIMIT_CORE, 0)
        // Each thread has a stack and memory of its own.
        limit(RLIMIT_DATA, (3 << 30) + (64 << 20) * InferenceShares.coreCount + 8 * byteCount)
        limit(RLIMIT_CPU, seconds(for: byteCount))
    }
}
