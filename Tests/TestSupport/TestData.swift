public import Foundation
public import Testing

/// The folder of real photos and weights, which is outside the package and missing on most machines.
public enum TestData {
    /// The folder in `APUS_TEST_DATA`.
    public static let folder: URL? = ProcessInfo.processInfo.environment["APUS_TEST_DATA"]
        .flatMap { $0.isEmpty ? nil : URL(filePath: $0, directoryHint: .isDirectory) }

    /// A file or folder in it, in a test with the trait `.testData`.
    public static func url(_ path: String) throws -> URL {
        try #require(folder, "APUS_TEST_DATA is not set").appending(path: path)
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs the test only if `APUS_TEST_DATA` names the folder of real data.
    public static var testData: Self {
        .enabled(if: TestData.folder != nil, "APUS_TEST_DATA does not name the folder of real data")
    }
}
