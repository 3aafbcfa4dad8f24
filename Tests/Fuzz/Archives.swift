// Archives of one kind, recognized by their first bytes: ZIP, tar, and tar compressed with gzip or Zstandard.

import LibC

/// A file without a name, which is written anew for each input.
private let file: CInt = {
    var name = Array("/tmp/apus-fuzz-XXXXXX".utf8CString)
    let file = mkstemp(&name)
    precondition(file >= 0)
    unlink(name)
    return file
}()

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArchive(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    precondition(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == size)
    var limits = ArchiveLimits()
    (limits.members, limits.nameBytes, limits.directoryBytes) = (10_000, 1 << 20, 1 << 20)
    (limits.expansion, limits.allowance) = (20, 1 << 20)
    do throws(ArchiveError) {
        guard let archive = try Archive(path: "/proc/self/fd/\(file)", limits: limits) else { return 0 }
        var previous: [UInt8] = []
        for place in 0..<archive.index.count {
            let (node, name) = (archive.index[place], archive.index.name(place))
            // Names are in order, unique, and lead nowhere else.
            precondition(place == 0 || previous.lexicographicallyPrecedes(name))
            precondition(!name.isEmpty && !name.contains(0) && name.first != UInt8(ascii: "/"))
            precondition(!name.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) })
            precondition(archive.index.place(of: name) == place)
            previous = name
            if node.kind == .folder {
                archive.index.visit(name) { child, childPlace in
                    precondition(archive.index.name(childPlace) == name + [UInt8(ascii: "/")] + child)
                    return true
                }
            } else if node.size <= 1 << 20, let bytes = try? archive.bytes(of: place) {
                precondition(bytes.count == node.size)
                let ranges = [0..<min(9, node.size), node.size / 2..<node.size]
                precondition((try? archive.parts(ranges, of: place)) == ranges.map { Array(bytes[$0]) })
                precondition((try? archive.prefix(7, of: place)) == Array(bytes.prefix(7)))
            }
        }
    } catch {
        precondition(!error.problem.isEmpty && !error.advice.isEmpty)
    }
    return 0
}
