internal import Platform

/// An archive that is refused or cannot be read.
package struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for programs.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: String

        package init(rawValue: String) { self.rawValue = rawValue }

        /// The bytes end before the archive does.
        package static let truncated = Self(rawValue: "truncated")
        /// The bytes violate their format, or a checksum does not match.
        package static let damaged = Self(rawValue: "damaged")
        /// A name that leads out of the archive.
        package static let unsafeName = Self(rawValue: "unsafeName")
        /// Two files with one name, or a file where a folder is needed.
        package static let duplicate = Self(rawValue: "duplicate")
        /// Two members share bytes.
        package static let overlap = Self(rawValue: "overlap")
        /// An encrypted member.
        package static let encrypted = Self(rawValue: "encrypted")
        /// A kind of archive or compression that is not supported.
        package static let unsupported = Self(rawValue: "unsupported")
        /// More members, names or bytes than allowed.
        package static let tooLarge = Self(rawValue: "tooLarge")
        /// The machine failed, not the archive: no space, too many open files, no memory, a faulty disk.
        package static let system = Self(rawValue: "system")
        /// The task was canceled.
        package static let canceled = Self(rawValue: "canceled")
    }

    /// The kind of error.
    package let code: Code
    /// The problem: a clause whose subject is the archive.
    package let problem: String
    /// What the user can do: a sentence.
    package let advice: String
    /// The system's error number, if it reported the error.
    package let systemCode: Int32

    package init(_ code: Code, _ problem: String, advice: String? = nil, systemCode: Int32 = 0) {
        self.code = code
        self.problem = problem
        self.advice = advice ?? Self.advice(for: code)
        self.systemCode = systemCode
    }

    package static func damaged(_ problem: String) -> ArchiveError { ArchiveError(.damaged, problem) }

    /// The problem and what to do.
    package var description: String { "\(problem). \(advice)" }

    private static func advice(for code: Code) -> String {
        switch code {
        case .truncated, .damaged: "Copy or download the archive again."
        case .unsafeName, .duplicate, .overlap: "Unpack the archive if you trust it, and use the folder."
        case .encrypted: "Unpack the archive with its password, and use the folder."
        case .unsupported: "Unpack the archive and use the folder, or pack it as .zip, .tar, .tar.gz or .tar.zst."
        case .tooLarge: "Unpack the archive if you trust it, and use the folder."
        default: "Check the disk or the network drive, then try again."
        }
    }
}

/// The name of a member for messages.
package func shownMember(_ name: some Collection<UInt8>) -> String {
    "'" + String(fileName: name.prefix(200)) + (name.count > 200 ? "…" : "") + "'"
}
