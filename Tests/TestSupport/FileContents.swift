import Foundation
public import Testing

/// What a file holds, to be compared whole: where it differs the sizes alone are told. `Data` would be searched for every
/// byte that differs, which takes hours for a model.
public struct FileContents: Equatable, Sendable, CustomTestStringConvertible {
    private let data: Data

    /// Reads the file.
    public init(of path: String) throws { data = try Data(contentsOf: URL(filePath: path)) }

    /// Its size.
    public var testDescription: String { "\(data.count) bytes" }
}
