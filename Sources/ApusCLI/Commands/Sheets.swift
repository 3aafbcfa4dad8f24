internal import Apus
internal import ArgumentParser

/// What commands that draw sheets have in common.
enum Sheets {
    /// Refuses a name that no sheet can have, before any work is done.
    static func check(_ file: String) throws {
        do {
            try SheetFile.check(file)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
