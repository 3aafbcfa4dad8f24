import Foundation
import Images
import Testing

@testable import Classifier

@Suite("Display names of a model") struct DisplayNameTests {
    private func description(_ names: [String]?) -> ModelDescription {
        ModelDescription(
            architecture: "resnet18", classes: ["21", "3"], displayNames: names,
            preprocessing: .imageNet(resizeShortSide: 36, cropSize: 32))
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test("A description keeps display names, and one without has no key for them") func roundTrip() throws {
        let named = description(["fire lily", "canterbury bells"])
        let text = try json(named)
        #expect(text.contains(#""displayNames":["fire lily","canterbury bells"]"#))
        #expect(try JSONDecoder.forFiles.decode(ModelDescription.self, from: Data(text.utf8)) == named)
        #expect(named.displayName(of: 0) == "fire lily" && named.displayName(of: 1) == "canterbury bells")

        // Model files of earlier versions have no display names.
        let plain = try json(description(nil))
        #expect(!plain.contains("displayNames"))
        let read = try JSONDecoder.forFiles.decode(ModelDescription.self, from: Data(plain.utf8))
        #expect(read.displayNames == nil && read.displayName(of: 0) == "21")
    }

    @Test("Another number of display names than of classes is damage") func wrongCount() throws {
        let text = try json(description(["fire lily", "canterbury bells"]))
            .replacing(#"["fire lily","canterbury bells"]"#, with: #"["fire lily"]"#)
        #expect(throws: DecodingError.self) {
            try JSONDecoder.forFiles.decode(ModelDescription.self, from: Data(text.utf8))
        }
        // A program's mistake is no crash.
        let short = description(["fire lily"])
        #expect(short.displayName(of: 1) == "3" && short.allDisplayNames == ["fire lily", "3"])
    }
}
