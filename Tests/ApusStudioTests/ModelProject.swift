import Classifier
import Foundation
import Images
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

/// A project of small labeled images with runs whose model is that of `scripts/goldens/model_file.py`, for the classes
/// daisy, rose and tulip.
final class ModelProject {
    static let classes = ["daisy", "rose", "tulip"]

    let folder: TemporaryFolder
    let project: Project
    let context: StudioContext
    let runs: RunService
    /// The numbers of the classes.
    let classIDs: [Int]

    /// - Parameters:
    ///   - count: the number of photos.
    ///   - test: the number of photos in the test set, which have the lowest numbers.
    ///   - script: a shell script in place of `apus`.
    init(photos count: Int = 24, test: Int = 18, script: String = "exit 1") throws {
        folder = try TemporaryFolder()
        try folder.make("photos/.apus")
        for number in 0..<count {
            try folder.write(String(format: "photos/%03d.png", number), try Self.image(number).pngData())
        }
        let program = try folder.write("bin/apus", "#!/bin/sh\n\(script)\n".utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let project = try Project(at: folder.path("photos"), isDurable: false)
        _ = try project.scan()
        self.project = project
        classIDs = try Self.classes.map { try #require(project.apply(.addClass(name: $0)).created) }
        let ids = try project.ids(PhotoFilter())
        for (number, id) in ids.enumerated() { try project.apply(.label([id], classID: classIDs[number % 3])) }
        try project.apply(.split(Array(ids.prefix(test)), .test))
        try project.apply(.split(Array(ids.dropFirst(test)), .train))
        context = try StudioContext(project, executable: program)
        runs = RunService(context)
    }

    /// A color with stripes. The network predicts all three classes for such images.
    static func image(_ number: Int) -> Image {
        let color = (0..<3).map { (number * 83 + 40 * $0 * (number % 5 + 1)) % 256 }
        let pixels = (0..<14 * 14).flatMap { place in
            color.map { UInt8(min(255, $0 * (60 + (place % 14 * 7 + place / 14 * 13 + number) % 40) / 100)) }
        }
        return Image(width: 14, height: 14, pixels: pixels)
    }

    /// The photos in order.
    var ids: [Int] { get throws { try project.ids(PhotoFilter()) } }

    /// Adds a run with a model.
    ///
    /// - Parameters:
    ///   - swapped: whether the names of the first and the last class are exchanged.
    ///   - table: the photos that it was trained on, with their splits; nil for no table.
    @discardableResult
    func addRun(_ name: String, swapped: Bool = false, table: [(id: Int, split: String)]? = nil) throws -> String {
        var bytes = Array(try Data(contentsOf: Goldens.url("models/graph.safetensors")))
        if swapped {
            let text = String(decoding: bytes.map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
            let places = ["daisy", "tulip"].map { name in
                text.ranges(of: name).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
            }
            for place in places[0] { bytes.replaceSubrange(place..<place + 5, with: "tulip".utf8) }
            for place in places[1] { bytes.replaceSubrange(place..<place + 5, with: "daisy".utf8) }
        }
        let path = project.path(inside: "runs/\(name)")
        try makeFolder(path)
        try writeAtomically(bytes, to: path + "/best.safetensors")
        // Whoever trains it leaves the test set out.
        let others = try ids.filter { try project.photo($0).split != .test }.map { (id: $0, split: "train") }
        let lines = try (table ?? others).map { row in
            "../../\(try project.photo(row.id).path),\(Self.classes[0]),\(row.split)\n"
        }
        try writeAtomically(Array(("path,label,split\n" + lines.joined()).utf8), to: path + ".csv")
        return path + "/best.safetensors"
    }

    /// Waits for the end of all works.
    func settle() async throws { try await eventually { self.context.jobs.all.allSatisfy(\.state.isOver) } }
}
