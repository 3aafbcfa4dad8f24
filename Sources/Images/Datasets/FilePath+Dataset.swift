internal import Glibc
package import Platform

extension FilePath {
    /// What the path leads to, or nil where nothing is there.
    ///
    /// Throws where that can't be found out: a folder above is closed, links lead in a circle, the machine fails (after it
    /// is tried again for a while).
    package func existingStatus() throws(DatasetError) -> FileStatus? {
        try SystemFailure.retrying { () throws(DatasetError) -> FileStatus? in
            do throws(SystemError) {
                return try look().get()
            } catch {
                if [ENOENT, ENOTDIR].contains(error.code) { return nil }
                throw failure(error.code)
            }
        } while: {
            $0.code == .system
        }
    }

    /// Why what lies at the path can't be read, by the system's error number.
    func failure(_ code: Int32) -> DatasetError {
        let reason = "can't be read: \(SystemError(code: code))."
        return switch code {
        case ENOENT: DatasetError(.missing, path: text, "there is no such file. Check the path.")
        case EACCES, EPERM:
            DatasetError(
                .unreadable, path: text,
                "no permission to read it. Let its owner allow it (chmod u+r, for the folders above it chmod u+x), or run as "
                    + "a user who may.")
        case _ where SystemFailure.includes(code):
            DatasetError(
                .system, path: text,
                reason + " Check the system's limits, the disk or the network drive, then start again.")
        default: DatasetError(.unreadable, path: text, reason + " Check the path.")
        }
    }
}
