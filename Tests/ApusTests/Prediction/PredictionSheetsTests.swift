import Foundation
import TestSupport
import Testing
import Torch
import TorchVision

@testable import Apus
@testable import Classifier

@TensorActor
@Suite("Prediction sheets") struct PredictionSheetsTests {
    /// Predicts a folder and draws its sheets.
    private func sheets(of folder: URL, by classifier: ImageClassifier, to path: String) async throws -> [String] {
        let input = try ImageInput(paths: [folder.path])
        let sheets = PredictionSheets(path: path, input: input, classifier: classifier)
        try await classifier.predict(input.images) { results in
            for await result in results { try sheets.add(result) }
        }
        return try sheets.finish()
    }

    private static let right = RGBColor(red: 0, green: 0x72, blue: 0xB2)
    private static let wrong = RGBColor(red: 0xD5, green: 0x5E, blue: 0)

    /// The frames' colors, from the left: tiles of 150 points, gaps of 12, margins of 14, a title, a note and a legend
    /// of 72, and 2 pixels per point.
    private func frames(_ path: String, count: Int) throws -> [RGBColor] {
        let sheet = try Image(contentsOf: path)
        return (0..<count).map { sheet[x: 31 + $0 * 324, y: 150 + 2 * 72] }
    }

    @Test("The frame of an image shows whether its prediction is correct") func frameColors() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["cat", "dog"])
            let photos = folder.appending(path: "photos")
            try Samples.writeClasses(["cat", "dog", "unknown"], count: 1, to: photos)
            // One image three times: in the predicted class, in another class, and in an unknown one.
            let image = try bytes(of: "\(photos.path)/cat/0.png")
            for name in ["dog", "unknown"] { try image.write(to: photos.appending(path: "\(name)/0.png")) }
            try Data("no image".utf8).write(to: photos.appending(path: "cat/1.png"))
            let label = try await classifier.predict("\(photos.path)/cat/0.png").label
            let path = folder.appending(path: "sheet.png").path
            #expect(try await sheets(of: photos, by: classifier, to: path) == [path])
            let found = try frames(path, count: 3)
            #expect(Array(found[..<2]) == (label == "cat" ? [Self.right, Self.wrong] : [Self.wrong, Self.right]))
            #expect(![Self.right, Self.wrong].contains(found[2]))
        }
    }

    @Test("Images that do not fit go to another sheet") func secondSheet() async throws {
        try await withTemporaryFolder { folder in
            let classifier = try Networks.classifier(classes: ["cat", "dog"])
            try Samples.writeClasses(["some"], count: 66, to: folder.appending(path: "photos"))
            let path = folder.appending(path: "sheet.png").path
            let second = folder.appending(path: "sheet-2.png").path
            let paths = try await sheets(of: folder.appending(path: "photos"), by: classifier, to: path)
            #expect(paths == [path, second])
            let (large, small) = (try Image(contentsOf: path), try Image(contentsOf: second))
            #expect(large.width == 2 * (8 * 162 + 16) && small.width == 2 * (420 + 28))
            #expect(large.height > 6 * small.height)
            #expect(try names(in: folder.path) == ["photos", "sheet-2.png", "sheet.png"])
        }
    }
}
