internal import Foundation
internal import LibC
internal import Platform

/// The memory that decoding may use, for all threads of the process together.
///
/// An image's file and header show the memory that decoding needs. A thread whose image does not fit next to those of
/// other threads waits for them. So memory is limited for any number of workers, and a file that needs more than the
/// limit is rejected before memory is allocated.
///
/// The memory that decoding needs is known only after reading the file, so readers request memory twice: for the file,
/// and for decoding. Waiting files take at most an eighth of the limit together (or there is only one). If all readers
/// hold a file and wait, the first one continues, and the limit is exceeded by less than that eighth.
final class DecodingMemory: Sendable {
    /// The instance of the process.
    static let shared = DecodingMemory(byteCount: limit(named: ProcessInfo.processInfo.environment[variable]))

    /// The environment variable for the limit, in MiB.
    static let variable = "APUS_DECODING_MEMORY"

    /// The limit in bytes.
    let byteCount: Int

    private struct State {
        var used = 0
        /// The part used by files whose decoding has not started.
        var waitingFiles = 0
        /// The number of images that hold memory.
        var holders = 0
        /// The waiting requests by number: in order of arrival, with those that already hold memory first.
        var newcomers: [Int] = []
        var growing: [Int] = []
        var nextNumber = 0
    }

    private let state = Monitor(State())

    init(byteCount: Int) {
        self.byteCount = byteCount
    }

    /// The value of an environment variable, otherwise 1 GiB, or a quarter of the memory on a small machine.
    static func limit(named text: String?) -> Int {
        if let megabytes = text.flatMap({ Int($0) }), (1...1 << 30).contains(megabytes) { return megabytes << 20 }
        let memory = SystemMemory.size
        return max(128 << 20, min(1 << 30, memory / 4))
    }

    /// The memory of one image, released with the object.
    final class Part {
        private let memory: DecodingMemory
        private var byteCount = 0
        /// Whether all of it is a file whose decoding has not started.
        private var isFile = false

        init(of memory: DecodingMemory = .shared) {
            self.memory = memory
        }

        deinit { giveBack() }

        /// Releases all of it.
        func giveBack() {
            guard byteCount > 0 else { return }
            memory.state.update { state in
                state.used -= byteCount
                state.holders -= 1
                if isFile { state.waitingFiles -= byteCount }
            }
            (byteCount, isFile) = (0, false)
        }

        /// Requests more memory, and waits until it is available.
        ///
        /// The thread must not hold another part meanwhile.
        ///
        /// - Parameter asFile: Whether this is the file, with the request for decoding to follow.
        func take(_ count: Int, asFile: Bool = false) throws(ImageError) {
            guard count > 0 else { return }
            let (total, overflow) = byteCount.addingReportingOverflow(count)
            guard !overflow, total <= memory.byteCount else {
                throw ImageError(
                    .tooLarge,
                    message: "decoding this image needs \(Self.megabytes(total)) MiB, but all images together may "
                        + "use \(Self.megabytes(memory.byteCount)) MiB",
                    advice: "Make it smaller, or raise the limit (environment variable \(variable), in MiB).")
            }
            memory.take(count, asFile: asFile, file: isFile ? byteCount : 0, isGrowing: byteCount > 0)
            (byteCount, isFile) = (total, asFile)
        }

        private static func megabytes(_ count: Int) -> Int { (max(0, count) + (1 << 20) - 1) >> 20 }
    }

    /// - Parameter file: The size of the file to decode.
    private func take(_ count: Int, asFile: Bool, file: Int, isGrowing: Bool) {
        let number = state.withLock { state in
            state.nextNumber += 1
            if isGrowing { state.growing.append(state.nextNumber) } else { state.newcomers.append(state.nextNumber) }
            return state.nextNumber
        }
        // The waiting conditions of others depend on who waits, so they check again.
        if isGrowing { state.update { _ in } }
        state.wait { state -> Void? in
            let isFirst = isGrowing ? state.growing.first == number : state.newcomers.first == number
            guard isFirst else { return nil }
            if isGrowing {
                // If all readers with memory wait for more, none would ever release any, so the first continues.
                guard state.used + count <= byteCount || state.growing.count == state.holders else { return nil }
                state.growing.removeFirst()
                state.waitingFiles -= file
            } else {
                guard state.growing.isEmpty, state.used + count <= byteCount else { return nil }
                if asFile {
                    let files = state.waitingFiles
                    guard files == 0 || files + count <= byteCount / 8 else { return nil }
                    state.waitingFiles += count
                }
                state.newcomers.removeFirst()
                state.holders += 1
            }
            state.used += count
            return ()
        }
        state.update { _ in }
    }

    /// The memory in use, for tests.
    var used: Int { state.withLock { $0.used } }
}
