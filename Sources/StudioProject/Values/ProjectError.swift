internal import LibC
package import Platform

/// An error of a project: its kind, and a message with what is wrong and what to do.
package struct ProjectError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
    package enum Code: String, Sendable, Codable {
        /// Another process has the project open.
        case inUse
        /// The path is not a folder.
        case notAFolder
        /// The disk or the system refuses to write.
        case unwritable
        /// The project's database is damaged.
        case damaged
        /// The project or its data need something that this version does not have.
        case unsupportedData
        /// There is no photo with this number.
        case unknownPhoto
        /// There is no class with this number.
        case unknownClass
        /// An edit that is not possible.
        case invalidEdit
        /// The project was opened without permission to change it.
        case readOnly
        /// The disk is full.
        case full
        /// A photo's file does not exist any more.
        case missingFile
        /// A path leads out of the project's folder.
        case outside
    }

    /// The kind of error.
    package let code: Code
    /// What is wrong and what to do.
    package let message: String

    /// Creates an error.
    package init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    /// Creates an error from one of a file.
    package init(_ error: FileError) {
        self.init(error.code == ENOSPC || error.code == EDQUOT ? .full : .unwritable, error.description)
    }

    /// The message.
    package var description: String { message }

    static func unknownPhoto(_ id: Int) -> ProjectError {
        ProjectError(.unknownPhoto, "the project has no photo \(id): reload the page")
    }

    static func unknownClass(_ id: Int) -> ProjectError {
        ProjectError(.unknownClass, "the project has no class \(id): reload the page")
    }
}
