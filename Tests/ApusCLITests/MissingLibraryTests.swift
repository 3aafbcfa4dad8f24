import Foundation
import TestSupport
import Testing

/// libtiff and libheif are opened when they are needed.
@Suite("Missing libraries") struct MissingLibraryTests {
    @Test("Without a library its formats alone are refused, by the library's name and package")
    func names() throws {
        try withTemporaryFolder { folder in
            let (images, libraries) = (folder.appending(path: "images"), folder.appending(path: "libraries"))
            for place in [images, libraries] {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            }
            for (source, name) in [
                ("tiff/RGB-raw.tif", "a.tif"), ("heif/444.heic", "b.heic"), ("heif/444.avif", "c.avif"),
                ("files/rgb.jpg", "d.jpg"),
            ] {
                try FileManager.default.copyItem(
                    at: Goldens.url("images/\(source)"), to: images.appending(path: name))
            }
            let arguments = ["predict", try TrainedRun.model, images.path]
            let all = try Command(arguments: arguments)
            #expect(all.status == 0, "\(all.messages)")
            // Files that are no libraries take the places of the system's.
            for name in ["libtiff.so.6", "libheif.so.1"] { try Data().write(to: libraries.appending(path: name)) }
            let none = try Command(arguments: arguments, environment: ["APUS_CODEC_PATH": libraries.path])
            #expect(none.status == 1)
            #expect(none.output.contains("d.jpg"), "\(none.output)")
            let text = none.messages + none.output
            #expect(text.contains("needs the library libtiff 4.5 or newer (libtiff.so.6; Debian: libtiff6)"), "\(text)")
            #expect(text.contains("a HEIC file, which needs the library libheif (libheif.so.1; Debian: libheif1)"))
            #expect(text.contains("an AVIF file, which needs the library libheif"))
        }
    }
}
