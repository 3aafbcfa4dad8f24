internal import Foundation
internal import Inference
internal import Platform

/// A trial of an ONNX file, or of a model file with a graph, in a separate process.
///
/// A malicious ONNX file can crash OpenVINO, or make it hang or use all memory. `ONNXFile.check` finds violations of
/// the ONNX specification. Other problems end the separate process, not this one. The process compiles the network into
/// the cache and runs it on a blank image, so a file is tried only once.
public enum ModelTrial {
    /// The length of the output that is kept, in bytes.
    private static let longestOutput = 4096

    private static let state = Monitor((executable: String?.none, isTrial: false))

    /// The program for trials. `EXECUTABLE try-model FILE BATCH,STREAMS,THREADS` must exit with status 0, or print an
    /// error. The command `apus` sets itself. If nil, files are opened without a trial if all of their operators are
    /// known.
    public static var executable: String? {
        get { state.withLock { $0.executable } }
        set { state.withLock { $0.executable = newValue } }
    }

    /// Tries a file if `executable` is set.
    ///
    /// - Throws: `InferenceError` if the trial fails, or if the file needs a trial and `executable` is nil.
    static func demand(_ file: ONNXNetworkFile, _ shares: InferenceShares) throws {
        let (executable, isTrial) = state.withLock { $0 }
        if isTrial { return }
        guard let executable else {
            guard file.isKnown else {
                throw InferenceError(
                    .invalidModel,
                    "\(file.path): some of its operators are unknown, so it must be tried in a separate process; set "
                        + "`ModelTrial.executable`, or use the command apus")
            }
            return
        }
        // Processor time has its own limit, because a waiting process uses none.
        try run(executable, file.path, shares, limit: .seconds(2 * seconds(for: file.byteCount)))
    }

    /// - Parameter limit: the time limit of the trial.
    static func run(_ executable: String, _ path: String, _ shares: InferenceShares, limit: Duration) throws {
        let trial: ChildProcess
        do throws(FileError) {
            // The backtrace of a crash is not needed.
            trial = try ChildProcess(
                executable, ["try-model", path, "\(shares.batchSize),\(shares.streams),\(shares.threads)"],
                variables: ["SWIFT_BACKTRACE": "enable=no"])
        } catch {
            throw InferenceError(.failed, "\(path): the process to try the file could not be started: \(error)")
        }
        let deadline = ContinuousClock.now + limit
        var output: [UInt8] = []
        var end: ChildProcess.End?
        trial: while true {
            switch try trial.next(until: deadline) {
            case .output(let bytes): output += bytes.prefix(longestOutput - output.count)
            case .errors: break
            case .end(let found):
                end = found
                break trial
            case .late: break trial
            }
        }
        switch end {
        case .status(0): return
        case .status where !output.isEmpty:
            throw InferenceError(.invalidModel, String(String(decoding: output, as: UTF8.self)[...].trimmedPart))
        case .signal(SIGINT), .signal(SIGTERM): throw CancellationError()
        case .signal(SIGXCPU), nil:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO did not open it within the time limit for its size; it is damaged or malicious."
            )
        default:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO crashed or ran out of memory; the file is damaged or malicious. Use another copy "
                    + "of the file.")
        }
    }

    /// Returns the limit of processor time of a trial.
    private static func seconds(for byteCount: Int) -> Int { 300 + byteCount / (5 << 20) }

    /// Sets the resource limits of this process for a trial.
    ///
    /// - Parameter byteCount: the size of the file and its weights.
    static func beginTrial(byteCount: Int) {
        state.withLock { $0.isTrial = true }
        ResourceLimit.crashFile.lower(to: 0)
        // Each thread has its own stack and memory.
        ResourceLimit.data.lower(to: (3 << 30) + (64 << 20) * InferenceShares.coreCount + 8 * byteCount)
        ResourceLimit.processorTime.lower(to: seconds(for: byteCount))
    }
}
