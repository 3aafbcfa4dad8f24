import Foundation
import TestSupport
import Testing

/// libtiff, libheif and the libraries that draw are opened when they are needed.
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

    @Test("Without Pango and Cairo only drawings are missing, and errors give the library and its package")
    func drawing() throws {
        try withTemporaryFolder { folder in
            // A file that is no library takes the place of the system's.
            let library = "libpangocairo-1.0.so.0"
            try Data().write(to: folder.appending(path: library))
            func run(_ arguments: [String]) throws -> Command {
                try Command(arguments: arguments, environment: ["APUS_DRAWING_PATH": folder.path])
            }
            let photos = try TrainedRun.photos
            let wanted =
                "drawing needs the libraries Pango and Cairo (\(library); Debian: libpangocairo-1.0-0 and a font"
            let sheet = try run(["data", "show", photos, "--out", folder.appending(path: "a.png").path])
            #expect(sheet.status == 1 && sheet.messages.contains(wanted), "\(sheet.messages)")
            let page = folder.appending(path: "a.html").path
            let report = try run(["evaluate", TrainedRun.model, photos, "--report", page])
            #expect(report.status == 1 && report.messages.contains("a report has plots, and " + wanted))
            #expect(report.output.isEmpty, "the error comes before the work")
            let training = ["train", photos, "--model", "small_cnn", "--fresh", "--tensorboard", "--epochs", "1"]
            let completed = try run(training + ["--out", folder.appending(path: "run").path])
            #expect(completed.status == 0, "\(completed.messages)")
            let printed = completed.output + completed.messages
            let missing = "'report.html', 'curves.png' and 'images/training' can't be written: "
            #expect(printed.contains(missing + wanted), "\(printed)")
            #expect(try run(["evaluate", TrainedRun.model, photos]).status == 0)
        }
    }
}
