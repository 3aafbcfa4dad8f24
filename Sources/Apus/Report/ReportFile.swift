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
        let file = path.hasSuffix("/") || isFolder(path) ? path + "/report.html" : path
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        guard isFolder(folder) else {
            throw ApusError("\(path): there is no folder \(folder) to write the report to; make it first")
        }
        let place = fileExists(path) && !path.hasSuffix("/") ? path : folder
        guard place.withFileName({ access($0, W_OK) }) == 0 else {
            throw ApusError("\(path): the report can't be written there; choose another place")
        }
        self.path = file
    }

    func write(_ page: Page) throws { try writeAtomically(page.html(), to: path) }
}
