import Foundation
import Testing

@testable import Images

@Suite("Memory for decoding")
struct DecodingMemoryTests {
    /// A kilobyte that declares an image of this side: progressive, arithmetic-coded, with only zero bits.
    static func arithmeticJPEG(side: UInt16) -> [UInt8] {
        let high = UInt8(side >> 8), low = UInt8(side & 0xFF)
        var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 0x43, 0] + Array(repeating: 1, count: 64)
        bytes += [0xFF, 0xCA, 0, 0x11, 8, high, low, high, low, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]
        bytes += [0xFF, 0xDA, 0, 0x0C, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0]
        return bytes + Array(repeating: 0, count: 1000) + [0xFF, 0xD9]
    }

    @Test("Threads that need more memory than available take turns, and all finish")
    func turns() throws {
        let memory = DecodingMemory(byteCount: 400)
        let highest = Monitor(0)
        let done = Monitor(0)
        let threads = (0..<8).compactMap { number in
            WorkerThread {
                for round in 0..<200 {
                    let part = DecodingMemory.Part(of: memory)
                    // First the file, then the memory for decoding.
                    try? part.take(10 + (number + round) % 20, asFile: true)
                    try? part.take(250 + (number * 7 + round) % 100)
                    highest.withLock { $0 = max($0, memory.used) }
                    done.withLock { $0 += 1 }
                }
            }
        }
        threads.forEach { $0.join() }
        #expect(done.withLock { $0 } == 1600)
        #expect(memory.used == 0)
        // If all hold files and wait, one continues above the limit, by less than an eighth.
        #expect(highest.withLock { $0 } < 450)
    }

    @Test("Waiting large files are not in memory at the same time")
    func files() {
        let memory = DecodingMemory(byteCount: 800)
        let highest = Monitor(0)
        let threads = (0..<8).compactMap { _ in
            WorkerThread {
                for _ in 0..<50 {
                    let part = DecodingMemory.Part(of: memory)
                    // A single file may exceed the eighth that is reserved for waiting files.
                    try? part.take(390, asFile: true)
                    try? part.take(400)
                    highest.withLock { $0 = max($0, memory.used) }
                }
            }
        }
        threads.forEach { $0.join() }
        #expect(highest.withLock { $0 } == 790)
        #expect(memory.used == 0)
    }

    @Test("Decoding never exceeds the limit if each image takes all of its memory at once")
    func limit() {
        let memory = DecodingMemory(byteCount: 100)
        let highest = Monitor(0)
        let threads = (0..<6).compactMap { number in
            WorkerThread {
                for round in 0..<300 {
                    let part = DecodingMemory.Part(of: memory)
                    try? part.take(20 + (number * 13 + round) % 60)
                    highest.withLock { $0 = max($0, memory.used) }
                }
            }
        }
        threads.forEach { $0.join() }
        let most = highest.withLock { $0 }
        #expect(most <= 100 && most > 60)
        #expect(memory.used == 0)
    }

    @Test("An image that needs more than the limit is refused before memory is allocated")
    func tooLarge() throws {
        let memory = DecodingMemory(byteCount: 10 << 20)
        let part = DecodingMemory.Part(of: memory)
        try part.take(4 << 20)
        let error = #expect(throws: ImageError.self) { try part.take(7 << 20) }
        #expect(error?.code == .tooLarge)
        #expect(
            error?.description
                == "decoding this image needs 11 MiB, but all images together may use 10 MiB. Make it smaller, or "
                + "raise the limit (environment variable APUS_DECODING_MEMORY, in MiB).")
        #expect(memory.used == 4 << 20)
        part.giveBack()
        #expect(memory.used == 0)
    }

    @Test("The coefficients of a multi-scan image count, however small its file")
    func progressive() throws {
        let reader = try ImageReader(
            EncodedImage(bytes: Self.arithmeticJPEG(side: 9459)), options: .init(maximumPixels: 100_000_000))
        // Three components of 16 bits, and the pixels.
        let pixels = 9459 * 9459
        #expect(reader.memoryNeeded(whole: true) >= pixels * 3 * 2 + pixels * 3)
        #expect(reader.memoryNeeded(whole: true) < pixels * 3 * 2 + pixels * 3 + pixels / 50)
        // A baseline image is read row by row if only a small part is requested.
        let plain = try ImageReader(EncodedImage(bytes: try goldenImage("rgb.jpg")), options: .init())
        #expect(plain.memoryNeeded(whole: true) <= plain.size.width * plain.size.height * 3)
        #expect(plain.memoryNeeded(whole: false) <= plain.memoryNeeded(whole: true))
        let turned = try ImageReader(EncodedImage(bytes: try goldenImage("exif-6.jpg")), options: .init())
        #expect(turned.memoryNeeded(whole: true) == 2 * turned.size.width * turned.size.height * 3)
    }

    @Test("The environment sets the limit; the default is a gigabyte, or less on a small machine")
    func environment() {
        #expect(DecodingMemory.limit(named: "64") == 64 << 20)
        for text in [nil, "", "much", "-1", "0", "99999999999999999999"] {
            let limit = DecodingMemory.limit(named: text)
            #expect(limit >= 128 << 20 && limit <= 1 << 30)
        }
    }

    @Test("Errors of the machine differ from those of a file")
    func systemErrors() {
        for code in [EMFILE, ENFILE, EIO, ESTALE, ENOSPC, ETIMEDOUT] {
            let error = ImageError("can't be opened", code: code)
            #expect(error.code == .system && error.isSystemFailure, "\(code)")
        }
        #expect(ImageError("can't be read", code: ENOMEM).code == .outOfMemory)
        #expect(ImageError("can't be read", code: ENOMEM).isSystemFailure)
        for code in [ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG] {
            let error = ImageError("can't be opened", code: code)
            #expect(error.code == .unreadable && !error.isSystemFailure, "\(code)")
        }
        #expect(ImageError("can't be opened", code: EMFILE).naming(path: "a.png").description.hasPrefix("a.png: can't"))
        #expect(ImageError("can't be opened", code: EMFILE).description.contains("ulimit -n"))
    }

    @Test("A temporary failure is tried again, and other failures are reported")
    func retries() throws {
        struct Failure: Error { let passes: Bool }
        var tries = 0
        let result = try SystemFailure.retrying { () throws(Failure) -> Int in
            tries += 1
            if tries < 3 { throw Failure(passes: true) }
            return tries
        } while: {
            $0.passes
        }
        #expect(result == 3)
        tries = 0
        #expect(throws: Failure.self) {
            try SystemFailure.retrying { () throws(Failure) in
                tries += 1
                throw Failure(passes: tries < 2)
            } while: {
                $0.passes
            }
        }
        #expect(tries == 2)
    }
}
