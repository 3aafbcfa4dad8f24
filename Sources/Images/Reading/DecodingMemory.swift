internal import Foundation
internal import Glibc
internal import Platform

/// The memory that decoding images may take, for all threads of the process together.
///
/// An image's file and header show what decoding it takes; a thread whose image does not fit next to the others' waits
/// for them. So memory is bounded whatever the number of workers, and a file that asks for more than there is to share is
/// refused before any of it is taken.
///
/// What decoding takes is known once the file is read, so that readers come twice: for the file, and for the rest. Files
/// that wait for the rest take no more than an eighth together (or there is only one of them). Where all readers hold a
/// file and wait, the first goes on, and the limit is exceeded by the others' files at most: by less than that eighth.
final class DecodingMemory: Sendable {
    /// The process's own.
    static let shared = DecodingMemory(byteCount: limit(named: ProcessInfo.processInfo.environment[variable]))

    /// The variable of the environment that sets the limit, in MiB.
    static let variable = "APUS_DECODING_MEMORY"

    /// What is shared.
    let byteCount: Int

    private struct State {
        var used = 0
        /// Of it, the files of which nothing is decoded yet.
        var waitingFiles = 0
        /// Images that hold memory.
        var holders = 0
        /// Those that wait for some, by number: the first come first, and before all others those that hold some already.
        var newcomers: [Int] = []
        var growing: [Int] = []
        var nextNumber = 0
    }

    private let state = Monitor(State())

    init(byteCount: Int) {
        self.byteCount = byteCount
    }

    /// The value of a variable of the environment, else 1 GiB or, on a small machine, a quarter of its memory.
    static func limit(named text: String?) -> Int {
        if let megabytes = text.flatMap({ Int($0) }), (1...1 << 30).contains(megabytes) { return megabytes << 20 }
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return max(128 << 20, min(1 << 30, memory / 4))
    }

    /// One image's part, given back with the object.
    final class Part {
        private let memory: DecodingMemory
        private var byteCount = 0
        /// Whether all of it is a file of which nothing is decoded yet.
        private var isFile = false

        init(of memory: DecodingMemory = .shared) {
            self.memory = memory
        }

        deinit { giveBack() }

        /// Gives all of it back.
        func giveBack() {
            guard byteCount > 0 else { return }
            memory.state.update { state in
                state.used -= byteCount
                state.holders -= 1
                if isFile { state.waitingFiles -= byteCount }
            }
            (byteCount, isFile) = (0, false)
        }

        /// Takes more, and waits until it is there.
        ///
        /// A thread must hold no other part meanwhile.
        ///
        /// - Parameter asFile: whether this is the file, and what decoding takes comes later.
        func take(_ count: Int, asFile: Bool = false) throws(ImageError) {
            guard count > 0 else { return }
            let (total, overflow) = byteCount.addingReportingOverflow(count)
            guard !overflow, total <= memory.byteCount else {
                throw ImageError(
                    .tooLarge,
                    message: "decoding this image takes \(Self.megabytes(total)) MiB, and all images together may "
                        + "take \(Self.megabytes(memory.byteCount)) MiB",
                    advice: "Make it smaller, or allow more (the environment variable \(variable), in MiB).")
            }
            memory.take(count, asFile: asFile, file: isFile ? byteCount : 0, isGrowing: byteCount > 0)
            (byteCount, isFile) = (total, asFile)
        }

        private static func megabytes(_ count: Int) -> Int { (max(0, count) + (1 << 20) - 1) >> 20 }
    }

    /// - Parameter file: the size of the file that is decoded now.
    private func take(_ count: Int, asFile: Bool, file: Int, isGrowing: Bool) {
        let number = state.withLock { state in
            state.nextNumber += 1
            if isGrowing { state.growing.append(state.nextNumber) } else { state.newcomers.append(state.nextNumber) }
            return state.nextNumber
        }
        // Others' waiting depends on who waits, so they look again.
        if isGrowing { state.update { _ in } }
        state.wait { state -> Void? in
            let isFirst = isGrowing ? state.growing.first == number : state.newcomers.first == number
            guard isFirst else { return nil }
            if isGrowing {
                // Where all that hold memory wait for more, nobody would ever give any back: the first goes on.
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

    /// What is taken now; for tests.
    var used: Int { state.withLock { $0.used } }
}
