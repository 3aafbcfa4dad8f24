internal import Foundation
internal import Platform

/// The mark of a complete shard: `_done-00003-of-00008.json`.
struct ShardMark: Codable, Equatable {
    static let prefix = "_done-"

    /// The number of images of the shard.
    let images: Int
    /// A checksum of the whole list.
    let list: String
    /// The number of entries of the whole list.
    let listed: Int
    let shard: Int
    let shards: Int

    /// The marks in a folder, of as many shards as the work has; a damaged one is ignored.
    static func all(in folder: String, shards: Int) throws(FileError) -> [ShardMark] {
        try entryNames(of: folder).filter { $0.hasPrefix(prefix) }.sorted()
            .compactMap { name in
                try? JSONDecoder().decode(ShardMark.self, from: Data(fileBytes("\(folder)/\(name)")))
            }
            .filter { $0.shards == shards }
    }

    /// Returns how the list of another mark differs; nil if it is the same.
    func difference(from other: ShardMark) -> String? {
        guard (list, listed) != (other.list, other.listed) else { return nil }
        return
            "shard \(other.shard) of \(other.shards) was complete with a list of \(other.listed.grouped), and this one "
            + "has \(listed.grouped)"
    }

    func write(in folder: String) throws {
        try writeAtomically(
            Array((try jsonText(self, pretty: true) + "\n").utf8),
            to: Self.path(of: Shard(index: shard - 1, of: shards), in: folder))
    }

    /// Removes the mark of a shard, if there is one.
    static func remove(_ shard: Shard, in folder: String) throws(FileError) {
        let path = path(of: shard, in: folder)
        if fileExists(path) { try removeFile(path) }
    }

    private static func path(of shard: Shard, in folder: String) -> String {
        "\(folder)/\(prefix)\(shard.fileName).json"
    }
}
