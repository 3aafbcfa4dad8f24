internal import Foundation
internal import Platform

/// A failure that a person can mend: what is wrong, where, and what to do.
public struct ApusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message.
    public let description: String

    /// Makes an error with a message.
    public init(_ description: String) { self.description = description }
}
