internal import ArgumentParser
internal import Platform
internal import Torch

/// The endings of files' names, which say what is written.
///
/// One rule for all options: a file ends in what is written to it, and a folder, which may be made anew, does not end as
/// files do.
enum Endings {
    /// Those of drawings.
    static let drawings = ["png", "svg", "pdf"]

    /// The ending of a file's name in small letters, without its dot; empty where there is none.
    static func of(_ path: String) -> String {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }

    /// Refuses a file whose name promises something else than what is written to it, before any work is done.
    ///
    /// - Parameters:
    ///   - option: the option that names the file.
    ///   - endings: those of what is written.
    ///   - orFolder: whether the option takes a folder that is there as well.
    static func check(_ path: String, _ option: String, _ endings: [String], orFolder: Bool = false) throws {
        let found = of(path)
        if endings.contains(found) || orFolder && (path.hasSuffix("/") || isFolder(path)) { return }
        throw ValidationError(
            "\(option) writes a file that ends in \(listed(endings))\(orFolder ? ", or into a folder that is there" : ""), "
                + "and '\(path)' " + (found.isEmpty ? "has no ending." : "ends in .\(found)."))
    }

    /// Refuses to write over what is read, before any work is done.
    ///
    /// - Parameters:
    ///   - option: the option that names the file; nil where none is given.
    ///   - inputs: what the command reads.
    static func check(_ path: String?, _ option: String, isNoneOf inputs: [String?]) throws {
        guard let path else { return }
        for input in inputs.compactMap(\.self) where input == path || isSameFile(input, path) {
            throw ValidationError("\(option) can't write over '\(input)', which is read; name another file.")
        }
    }

    /// Refuses a folder that is called as files are.
    ///
    /// - Parameters:
    ///   - option: the option that names the folder.
    ///   - folder: what the option takes.
    ///   - endings: those of files that it takes as well.
    static func checkFolder(_ path: String, _ option: String, _ folder: String, or endings: [String] = []) throws {
        let found = of(path)
        guard files.contains(found), !endings.contains(found), !isFolder(path) else { return }
        let file = endings.isEmpty ? "" : ", or a file that ends in \(listed(endings))"
        throw ValidationError("\(option) takes \(folder)\(file), and '\(path)' ends in .\(found).")
    }

    /// `.png, .svg or .pdf`
    private static func listed(_ endings: [String]) -> String {
        let all = endings.map { ".\($0)" }
        return (all.count > 1 ? all.dropLast().joined(separator: ", ") + " or " : "") + (all.last ?? "")
    }

    /// The endings by which people ask for a file of a kind, and never for a folder.
    private static let files: Set<String> = [
        "safetensors", "pth", "pt", "ckpt", "onnx", "png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "svg",
        "pdf", "eps", "ps", "html", "htm", "md", "csv", "tsv", "json", "jsonl", "txt", "npy", "npz", "zip", "gz", "tar",
    ]
}
