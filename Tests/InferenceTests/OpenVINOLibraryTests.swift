import Foundation
import TestSupport
import Testing

@testable import Inference

@Suite("OpenVINO library") struct OpenVINOLibraryTests {
    @Test("The error for a folder without the library names it") func missingLibrary() throws {
        try withTemporaryFolder { folder in
            let error = try #require(throws: InferenceError.self) { try OpenVINOLibrary(folder: folder.path) }
            #expect(error.code == .unavailable)
            #expect(error.message.hasPrefix("APUS_OPENVINO=\(folder.path) has no libopenvino_c.so"))
        }
        let error = #expect(throws: InferenceError.self) { try OpenVINOLibrary(folder: nowhere) }
        #expect(error?.code == .unavailable)
    }

    @Test("A file that is not a library is refused") func invalidLibrary() throws {
        try withTemporaryFolder { folder in
            try Data("no library".utf8).write(to: folder.appending(path: "libopenvino_c.so.2641"))
            let error = try #require(throws: InferenceError.self) { try OpenVINOLibrary(folder: folder.path) }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("\(folder.path)/libopenvino_c.so.2641"))
        }
    }
}
