internal import ArgumentParser
internal import Foundation

/// The endings of files' names, which say what is written.
enum Endings {
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
    static func check(_ path: String, _ option: String, _ endings: [String]) throws {
        let found = of(path)
        guard !endings.contains(found) else { return }
        let wanted = endings.map { ".\($0)" }
        let list =
            (wanted.dropLast().isEmpty ? "" : wanted.dropLast().joined(separator: ", ") + " or ") + (wanted.last ?? "")
        throw ValidationError(
            "\(option) writes a file that ends in \(list), and '\(path)' "
                + (found.isEmpty ? "has no ending." : "ends in .\(found)."))
    }

    /// Refuses a folder that is called as files are.
    ///
    /// - Parameters:
    ///   - option: the option that names the folder.
    ///   - advice: what the option takes.
    ///   - allowed: the endings of files that it takes as well.
    static func checkFolder(
        _ path: String, _ option: String, _ advice: String, except allowed: Set<String> = []
    ) throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return }
        guard files.subtracting(allowed).contains(of(path)) else { return }
        throw ValidationError("\(option) takes \(advice), and '\(path)' ends in .\(of(path)).")
    }

    /// The endings by which people ask for a file of a kind, and never for a folder.
    private static let files: Set<String> = [
        "safetensors", "pth", "pt", "ckpt", "onnx", "png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "svg",
        "pdf", "eps", "ps", "html", "htm", "md", "csv", "tsv", "json", "jsonl", "txt", "npy", "npz", "zip", "gz", "tar",
    ]
}
