import Foundation
import Testing

@testable import Images

@Suite("Memory for decoding")
struct DecodingMemoryTests {
    /// A kilobyte that asks for a picture of this side: progressive, arithmetic coded, and all its bits zero.
    static func arithmeticJPEG(side: UInt16) -> [UInt8] {
        let high = UInt8(side >> 8), low = UInt8(side & 0xFF)
        var bytes: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 0, 0x43, 0] + Array(repeating: 1, count: 64)
        bytes += [0xFF, 0xCA, 0, 0x11, 8, high, low, high, low, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]
        bytes += [0xFF, 0xDA, 0, 0x0C, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0]
        return bytes + Array(repeating: 0, count: 1000) + [0xFF, 0xD9]
    }

    @Test("Threads that want more than there is take turns, and all come to their end")
    func turns() throws {
        let memory = DecodingMemory(byteCount: 400)
        let highest = Monitor(0)
        let done = Monitor(0)
        let threads = (0..<8).compactMap { number in
            WorkerThread {
                for round in 0..<200 {
                    let part = DecodingMemory.Part(of: memory)
                    // First the file, then what decoding adds.
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
        // Where all hold files and wait, one goes on above the limit: by less than an eighth.
        #expect(highest.withLock { $0 } < 450)
    }

    @Test("Many large files never lie in memory beside each other while they wait for their turn")
    func files() {
        let memory = DecodingMemory(byteCount: 800)
        let highest = Monitor(0)
        let threads = (0..<8).compactMap { _ in
            WorkerThread {
                for _ in 0..<50 {
                    let part = DecodingMemory.Part(of: memory)
                    // One alone may be larger than the eighth that waiting files have.
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

    @Test("What takes turns never exceeds the limit where each picture takes all of its memory at once")
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

    @Test("A picture that takes more than all pictures may is refused before any memory is taken")
    func tooLarge() throws {
        let memory = DecodingMemory(byteCount: 10 << 20)
        let part = DecodingMemory.Part(of: memory)
        try part.take(4 << 20)
        let error = #expect(throws: ImageError.self) { try part.take(7 << 20) }
        #expect(error?.code == .tooLarge)
        #expect(
            error?.description
                == "decoding this image takes 11 MiB, and all images together may take 10 MiB. Make it smaller, or "
                + "allow more (the environment variable APUS_DECODING_MEMORY, in MiB).")
        #expect(memory.used == 4 << 20)
        part.giveBack()
        #expect(memory.used == 0)
    }

    @Test("The coefficients of a picture in several scans are counted, however small its file")
    func progressive() throws {
        let reader = try ImageReader(
            EncodedImage(bytes: Self.arithmeticJPEG(side: 9459)), options: .init(maximumPixels: 100_000_000))
        // Three components of 16 bits, and the pixels.
        let pixels = 9459 * 9459
        #expect(reader.memoryNeeded(whole: true) >= pixels * 3 * 2 + pixels * 3)
        #expect(reader.memoryNeeded(whole: true) < pixels * 3 * 2 + pixels * 3 + pixels / 50)
        // A baseline picture is read row by row where little of it is wanted.
        let plain = try ImageReader(EncodedImage(bytes: try goldenPicture("rgb.jpg")), options: .init())
        #expect(plain.memoryNeeded(whole: true) <= plain.size.width * plain.size.height * 3)
        #expect(plain.memoryNeeded(whole: false) <= plain.memoryNeeded(whole: true))
        let turned = try ImageReader(EncodedImage(bytes: try goldenPicture("exif-6.jpg")), options: .init())
        #expect(turned.memoryNeeded(whole: true) == 2 * turned.size.width * turned.size.height * 3)
    }

    @Test("The limit is what the environment says, else a gigabyte or less on a small machine")
    func environment() {
        #expect(DecodingMemory.limit(named: "64") == 64 << 20)
        for text in [nil, "", "much", "-1", "0", "99999999999999999999"] {
            let limit = DecodingMemory.limit(named: text)
            #expect(limit >= 128 << 20 && limit <= 1 << 30)
        }
    }

    @Test("Errors of the machine are told from those of a file")
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

    @Test("A failure that passes is tried again, one that stays is told, and others are told at once")
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
