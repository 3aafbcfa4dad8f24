internal import Foundation
public import Inference
internal import Torch
internal import TorchVision

/// A trial of an ONNX file in a process of its own.
///
/// OpenVINO reads ONNX files in C++ that a file made for it can crash, hang or bring to take any memory. `ONNXFile.check`
/// finds what is wrong by ONNX's rules; what it misses ends the other process, not this one. The other one compiles the
/// network into the cache and computes one blank picture, so that all of this is done once for a file.
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
    static func demand(_ path: String, isKnown: Bool, _ shares: InferenceShares) throws {
        let (executable, isTrial) = state.withLock { $0 }
        if isTrial { return }
        // A name that is not UTF-8 is no argument of a process.
        guard let executable, path.fileNameBytes.elementsEqual(path.utf8) else {
            guard isKnown else {
                throw InferenceError(
                    .invalidModel,
                    "\(path): some of its operators are not known, so it is opened only where it can be tried in another "
                        + "process: name one in ModelTrial.executable, or use the command apus.")
            }
            return
        }
        try run(executable, path, shares)
    }

    private static func run(_ executable: String, _ path: String, _ shares: InferenceShares) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = ["try-model", path, "\(shares.batchSize),\(shares.streams),\(shares.threads)"]
        // Nobody needs to see where it crashed.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw InferenceError(
                .failed, "\(path): no other process could be started to try the file: \(error.localizedDescription)")
        }
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile().prefix(4096), as: UTF8.self)
        process.waitUntilExit()
        switch (process.terminationReason, process.terminationStatus) {
        case (.exit, 0): return
        case (.exit, _) where !said.isEmpty:
            throw InferenceError(.invalidModel, said.trimmingCharacters(in: .whitespacesAndNewlines))
        case (.uncaughtSignal, SIGINT), (.uncaughtSignal, SIGTERM): throw CancellationError()
        case (.uncaughtSignal, SIGXCPU):
            throw InferenceError(
                .invalidModel, "\(path): OpenVINO has not opened it after minutes; it is damaged or made to waste time."
            )
        default:
            throw InferenceError(
                .invalidModel,
                "\(path): OpenVINO crashes on it or runs out of memory; it is damaged, or made to do that. Take another "
                    + "copy of the file.")
        }
    }

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
        limit(RLIMIT_CPU, 300 + byteCount / (5 << 20))
    }
}

extension ImageClassifier {
    /// What a trial does: compiles a file's network into the cache and computes one blank picture.
    ///
    /// - Parameter shares: the batch size, streams and threads that it is to be compiled for.
    /// - Throws: as `init(contentsOf:)` and `makeEngine` do.
    public static func tryModel(_ path: String, _ shares: InferenceShares) async throws {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        let data = (try? FileManager.default.attributesOfItem(atPath: path + ".data")[.size] as? Int) ?? 0
        ModelTrial.beginTrial(byteCount: size + data)
        let classifier = try await ImageClassifier(contentsOf: path)
        let engine = try classifier.makeEngine(shares)
        let side = classifier.description.preprocessing.cropSize
        let blank = BlankPicture(byteCount: side * side * 3)
        _ = try engine.start(UnsafeRawBufferPointer(blank.bytes), count: 1, keeping: blank).wait()
    }

    /// Black pixels.
    private final class BlankPicture {
        let bytes: UnsafeMutableRawBufferPointer

        init(byteCount: Int) {
            bytes = .allocate(byteCount: byteCount, alignment: 64)
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit { bytes.deallocate() }
    }
}
