internal import LibC
package import Platform

/// The names and locations of an archive's files and folders, in the order of the names' bytes.
///
/// All names are in one buffer, because an archive may contain a million files.
package struct ArchiveIndex: Sendable {
    /// How a file is stored.
    package enum Storage: Sendable {
        /// Its bytes are at this position of the archive.
        case plain
        /// A record of a ZIP archive, whose own header is at this position: stored or deflated.
        case zipStored
        case zipDeflated
    }

    /// A file or a folder.
    package struct Node: Sendable {
        // In the order that needs the least memory.
        fileprivate var nameStart: UInt32
        fileprivate var nameCount: UInt32
        package fileprivate(set) var position: Int
        /// The compressed size in bytes.
        package fileprivate(set) var packed: Int
        /// The size in bytes.
        package fileprivate(set) var size: Int
        package fileprivate(set) var crc32: UInt32
        /// Nil for a folder.
        package fileprivate(set) var storage: Storage?

        package var kind: FileKind { storage == nil ? .folder : .file }
    }

    private var names: [UInt8] = []
    private var nodes: [Node] = []

    /// The number of files and folders.
    package var count: Int { nodes.count }

    package subscript(_ place: Int) -> Node { nodes[place] }

    /// The full name, without a slash at either end.
    package func name(_ place: Int) -> [UInt8] { Array(names[range(nodes[place])]) }

    /// The place of a file or folder; nil if there is none with this name.
    package func place(of name: [UInt8]) -> Int? {
        let place = firstPlace { $0.lexicographicallyPrecedes(name) }
        return place < nodes.count && names[range(nodes[place])].elementsEqual(name) ? place : nil
    }

    /// Passes the last component and the place of each file and folder directly in a folder, in order, to `body` until
    /// it returns false.
    ///
    /// - Parameter folder: The folder's name; empty for the archive itself.
    package func visit(_ folder: [UInt8], _ body: (_ name: [UInt8], _ place: Int) -> Bool) {
        let prefix = folder.isEmpty ? [] : folder + [slash]
        var place = firstPlace { $0.lexicographicallyPrecedes(prefix) }
        while place < nodes.count {
            let name = names[range(nodes[place])]
            guard name.starts(with: prefix) else { return }
            let rest = name.dropFirst(prefix.count)
            guard let end = rest.firstIndex(of: slash) else {
                guard body(Array(rest), place) else { return }
                place += 1
                continue
            }
            // Everything in a subfolder is skipped at once.
            let inner = name[..<(end + 1)]
            place = firstPlace { $0.lexicographicallyPrecedes(inner) || $0.starts(with: inner) }
        }
    }

    /// The first node that is not before the position that `precedes` describes.
    private func firstPlace(_ precedes: (ArraySlice<UInt8>) -> Bool) -> Int {
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(names[range(nodes[middle])]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func range(_ node: Node) -> Range<Int> {
        Int(node.nameStart)..<Int(node.nameStart) + Int(node.nameCount)
    }
}

private let slash = UInt8(ascii: "/")

extension ArchiveIndex {
    /// Collects the members of an archive.
    package struct Builder {
        private let limits: ArchiveLimits
        private var index = ArchiveIndex()

        package init(_ limits: ArchiveLimits) {
            self.limits = limits
        }

        /// Adds a folder.
        package mutating func add(folder name: some Collection<UInt8>) throws(ArchiveError) {
            try add(name, storage: nil, position: 0, packed: 0, size: 0, crc32: 0)
        }

        /// Adds a file.
        ///
        /// Throws if its name leads out of the archive, or if there are too many files.
        package mutating func add(
            file name: some Collection<UInt8>, _ storage: Storage, position: Int, packed: Int, size: Int,
            crc32: UInt32 = 0
        ) throws(ArchiveError) {
            try add(name, storage: storage, position: position, packed: packed, size: size, crc32: crc32)
        }

        private mutating func add(
            _ name: some Collection<UInt8>, storage: Storage?, position: Int, packed: Int, size: Int, crc32: UInt32
        ) throws(ArchiveError) {
            let components = try self.components(of: name)
            guard !components.isEmpty else {
                // The archive's own folder, `./`.
                if storage == nil { return }
                throw ArchiveError(.unsafeName, "it contains a file without a name")
            }
            let start = index.names.count
            for (place, component) in components.enumerated() {
                if place > 0 { index.names.append(slash) }
                index.names += component
            }
            guard index.nodes.count < limits.members, index.names.count <= min(limits.nameBytes, Int(UInt32.max)) else {
                throw ArchiveError(
                    .tooLarge,
                    "it contains more than \(limits.members) files, or names of more than \(limits.nameBytes) bytes")
            }
            index.nodes.append(
                Node(
                    nameStart: UInt32(start), nameCount: UInt32(index.names.count - start), position: position,
                    packed: packed, size: size, crc32: crc32, storage: storage))
        }

        /// The parts of a name, without `.` and empty ones.
        ///
        /// Throws if it is absolute, contains `..` or a NUL, or is too long.
        private func components(of name: some Collection<UInt8>) throws(ArchiveError) -> [ArraySlice<UInt8>] {
            let name = Array(name)
            let backslash = UInt8(ascii: "\\")
            let hasDrive = name.count > 2 && name[1] == UInt8(ascii: ":") && [slash, backslash].contains(name[2])
            let leadsOut = name.split { $0 == slash || $0 == backslash }.contains { $0.elementsEqual("..".utf8) }
            guard !leadsOut, !hasDrive, name.first != slash, name.first != backslash, !name.contains(0) else {
                throw ArchiveError(
                    .unsafeName, "it contains a name that leads out of it: \(shownMember(name))")
            }
            let components = name.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
            guard name.count <= limits.nameLength, components.count <= limits.depth else {
                throw ArchiveError(
                    .tooLarge,
                    "it contains a name of \(name.count) bytes in \(components.count) folders: \(shownMember(name))")
            }
            return components
        }

        /// The index, with the folders that only the names of files show.
        ///
        /// Throws if two members have the same name.
        package mutating func finish() throws(ArchiveError) -> ArchiveIndex {
            sort()
            let known = index.nodes.count
            var previous: ArraySlice<UInt8> = []
            for place in 0..<known {
                let node = index.nodes[place]
                let name = index.names[index.range(node)]
                for end in name.indices where name[end] == slash {
                    let length = end - name.startIndex
                    // The node before has the same folder.
                    if previous.count > length, previous.prefix(length + 1).elementsEqual(name.prefix(length + 1)) {
                        continue
                    }
                    guard index.nodes.count < 2 * limits.members else {
                        throw ArchiveError(.tooLarge, "it contains more than \(limits.members) folders")
                    }
                    index.nodes.append(
                        Node(
                            nameStart: node.nameStart, nameCount: UInt32(length), position: 0, packed: 0, size: 0,
                            crc32: 0, storage: nil))
                }
                previous = name
            }
            if index.nodes.count > known { sort() }
            try removeRepeatedFolders()
            let result = index
            index = ArchiveIndex()
            return result
        }

        private mutating func sort() {
            index.nodes = index.names.withUnsafeBytes { names in
                func bytes(_ node: Node) -> UnsafeRawBufferPointer {
                    let start = Int(node.nameStart)
                    return UnsafeRawBufferPointer(rebasing: names[start..<start + Int(node.nameCount)])
                }
                return index.nodes.sorted { one, other in
                    let (first, second) = (bytes(one), bytes(other))
                    guard let start = first.baseAddress, let otherStart = second.baseAddress else {
                        return first.count < second.count
                    }
                    let order = memcmp(start, otherStart, min(first.count, second.count))
                    return order == 0 ? first.count < second.count : order < 0
                }
            }
        }

        private mutating func removeRepeatedFolders() throws(ArchiveError) {
            var kept: [Node] = []
            kept.reserveCapacity(index.nodes.count)
            for node in index.nodes {
                let name = index.names[index.range(node)]
                guard let last = kept.last, index.names[index.range(last)].elementsEqual(name) else {
                    kept.append(node)
                    continue
                }
                if last.storage == nil, node.storage == nil { continue }
                throw ArchiveError(
                    .duplicate,
                    last.storage != nil && node.storage != nil
                        ? "it contains two files with the name \(shownMember(name))"
                        : "it contains a file and a folder with the name \(shownMember(name))")
            }
            index.nodes = kept
        }
    }
}
