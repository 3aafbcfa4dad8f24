internal import Platform

/// The name of a file with results, `part-00003-of-00008-0000012000-0000001000-0000000002-5d41402abc4b2a76.jsonl`: the
/// shard, the place of the first image in the shard, the number of images, how many of them are unreadable, and a
/// checksum of their names.
struct PartName: Equatable {
    let shard: Shard
    let start: Int
    let count: Int
    let failures: Int
    let names: UInt64
    let fileExtension: String

    /// The place after the last image.
    var end: Int { start + count }

    /// The part of the name that all files of a shard have.
    static func stem(of shard: Shard) -> String { "part-\(shard.fileName)" }

    var text: String {
        "\(Self.stem(of: shard))-\(start.padded(10))-\(count.padded(10))-\(failures.padded(10))-"
            + "\(names.hexadecimal).\(fileExtension)"
    }

    init(shard: Shard, start: Int, count: Int, failures: Int, names: UInt64, fileExtension: String) {
        (self.shard, self.start, self.count) = (shard, start, count)
        (self.failures, self.names) = (failures, names)
        self.fileExtension = fileExtension
    }

    /// Reads a name; nil if it is another one.
    init?(_ text: String) {
        let halves = text.split(separator: ".", maxSplits: 1).map(String.init)
        guard halves.count == 2, case let parts = halves[0].split(separator: "-"), parts.count == 8,
            let number = Int(parts[1]), let shards = Int(parts[3]), let start = Int(parts[4]),
            let count = Int(parts[5]), let failures = Int(parts[6]), let names = UInt64(parts[7], radix: 16),
            number > 0, start >= 0, count > 0, start <= Int.max - count, (0...count).contains(failures)
        else { return nil }
        self.init(
            shard: Shard(index: number - 1, of: shards), start: start, count: count, failures: failures,
            names: names, fileExtension: halves[1])
        // Anything else, such as a copy with another name, would count twice.
        guard self.text == text else { return nil }
    }
}

extension Shard {
    /// The shard in names of files: `00003-of-00008`.
    var fileName: String { "\(number.padded(5))-of-\(count.padded(5))" }
}

extension Int {
    fileprivate func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
