internal import ArgumentParser
internal import Platform
internal import Torch

/// The extensions of file names, which determine the format that is written.
///
/// One rule for all options: the extension of a file is that of its format, and a folder, which may not exist yet, has
/// no extension of a file.
enum FileExtensions {
    /// The extensions of charts and sheets.
    static let drawings = ["png", "svg", "pdf"]

    /// Returns the extension of a file name in lower case, without the dot; empty if there is none.
    static func of(_ path: String) -> String {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }

    /// Rejects a file whose extension is not that of the format, before any work is done.
    ///
    /// - Parameters:
    ///   - option: the option that names the file.
    ///   - endings: the extensions of the format.
    ///   - orFolder: whether the option also accepts an existing folder.
    static func check(_ path: String, _ option: String, _ endings: [String], orFolder: Bool = false) throws {
        let found = of(path)
        if endings.contains(found) || orFolder && (path.hasSuffix("/") || isFolder(path)) { return }
        throw ValidationError(
            "\(option) needs a file name that ends in \(listed(endings))\(orFolder ? ", or an existing folder" : ""), "
                + "not '\(path)'.")
    }

    /// Rejects an output file that is also an input, before any work is done.
    ///
    /// - Parameters:
    ///   - option: the option that names the file.
    ///   - inputs: what the command reads.
    static func check(_ path: String?, _ option: String, isNoneOf inputs: [String?]) throws {
        guard let path else { return }
        for input in inputs.compactMap(\.self) where input == path || isSameFile(input, path) {
            throw ValidationError("\(option) would overwrite the input '\(input)'; choose another file.")
        }
    }

    /// Rejects a folder whose name ends like a file name.
    ///
    /// - Parameters:
    ///   - option: the option that names the folder.
    ///   - folder: the kind of folder that the option needs.
    ///   - endings: the extensions of files that it also accepts.
    static func checkFolder(_ path: String, _ option: String, _ folder: String, or endings: [String] = []) throws {
        let found = of(path)
        guard files.contains(found), !endings.contains(found), !isFolder(path) else { return }
        let file = endings.isEmpty ? "" : ", or a file name that ends in \(listed(endings))"
        throw ValidationError("\(option) needs \(folder)\(file), not '\(path)'.")
    }

    /// Returns a list such as `.png, .svg or .pdf`.
    private static func listed(_ endings: [String]) -> String {
        let all = endings.map { ".\($0)" }
        return (all.count > 1 ? all.dropLast().joined(separator: ", ") + " or " : "") + (all.last ?? "")
    }

    /// The extensions that are typical of files and not of folders.
    private static let files: Set<String> = [
        "safetensors", "pth", "pt", "ckpt", "onnx", "png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "svg",
        "pdf", "eps", "ps", "html", "htm", "md", "csv", "tsv", "json", "jsonl", "txt", "npy", "npz", "zip", "gz", "tar",
    ]
}
