internal import Foundation
internal import Torch

/// Where a report goes.
public struct ReportFile: Sendable {
    /// The file.
    public let path: String

    /// A file, or a folder in which it is `report.html`.
    ///
    /// - Throws: `ApusError` where there is no folder for it, or it may not be written to: that is better known before an
    ///   evaluation than after.
    public init(_ path: String) throws(ApusError) {
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        let file = path.hasSuffix("/") || isFolder.boolValue ? path + "/report.html" : path
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ApusError("\(path): there is no folder \(folder) to write the report to; make it first")
        }
        guard FileManager.default.isWritableFile(atPath: isThere && !path.hasSuffix("/") ? path : folder) else {
            throw ApusError("\(path): the report can't be written there; choose another place")
        }
        self.path = file
    }

    func write(_ page: Page) throws { try writeAtomically(page.html(), to: path) }
}
