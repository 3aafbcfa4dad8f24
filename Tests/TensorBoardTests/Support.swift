import Foundation
import SwiftProtobuf

@testable import TensorBoard

/// A new, empty folder that is removed after the body.
func withFolder<Result>(_ body: (_ path: String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }

/// The events of a file, up to its end or the first truncated or damaged record.
func events(_ path: String) throws -> [Tensorboard_Event] {
    let file = try RecordFile(opening: path)
    var events: [Tensorboard_Event] = []
    var end = 0
    while let record = try file.record(at: end) {
        events.append(try Tensorboard_Event(serializedBytes: record.payload))
        end = record.range.upperBound
    }
    return events
}

/// The files that scripts/goldens/event_files.py wrote.
func golden(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Goldens/tensorboard").appending(path: name)
}

/// A PNG file of 2 x 3 gray pixels, 0 to 5 times 40 (made by Python's zlib and struct).
let smallPNG: [UInt8] = [
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
    0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x00, 0x00, 0x9C, 0x81, 0x81, 0x5D, 0x00, 0x00, 0x00,
    0x11, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63, 0x60, 0xD0, 0x60, 0x08, 0xA8, 0x60, 0x58, 0x70, 0x02, 0x00,
    0x06, 0x99, 0x02, 0x59, 0x41, 0x4F, 0xFA, 0xB9, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42,
    0x60, 0x82,
]
