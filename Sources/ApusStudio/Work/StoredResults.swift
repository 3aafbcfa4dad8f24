internal import Classifier
internal import Foundation
internal import Platform
internal import StudioProject

/// The outputs of a run's model for photos, in a file of the run. Metrics are computed from them with the labels of the
/// moment, so that a changed label needs no network.
///
/// The file has a line of JSON, and then the outputs as 32-bit floats in the byte order of the machine.
struct StoredResults: Sendable {
    /// A version of a photo.
    struct Entry: Sendable, Codable, Hashable {
        let id: Int
        let version: String
    }

    /// Everything but the outputs.
    struct Header: Sendable, Codable {
        /// Changes when the file's format does.
        var format = 1
        /// The version of the model's file.
        let model: String
        /// Where the photos come from.
        let split: Split
        let classes: [String]
        /// The classes of the project that had these names when the run began.
        let classIDs: [Int?]
        let calibration: ModelCalibration?
        let photos: [Entry]
        let unreadable: [Entry]
        /// The photos of the test set that were left out because the run has learned from them.
        let seen: [Int]
    }

    let header: Header
    /// `[photos, classes]`
    let logits: [Float]

    init(header: Header, logits: [Float]) { (self.header, self.logits) = (header, logits) }

    /// The path of the file in the folder of a run.
    static func path(in directory: String) -> String { directory + "/studio-results.bin" }

    /// Reads a file; nil if there is none, or it is damaged or from another version.
    init?(_ path: String) {
        guard let file = try? MappedFile(path: path) else { return nil }
        let found = file.withUnsafeBytes { bytes -> (Header, [Float])? in
            guard let (header, start) = Self.header(of: bytes) else { return nil }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let number = rest.count / MemoryLayout<Float>.size
            let logits = [Float](unsafeUninitializedCapacity: number) { memory, count in
                UnsafeMutableRawBufferPointer(memory).copyMemory(from: rest)
                count = number
            }
            return (header, logits)
        }
        guard let found else { return nil }
        (header, logits) = found
    }

    /// Reads everything but the outputs; nil as above.
    static func header(_ path: String) -> Header? {
        (try? MappedFile(path: path))?.withUnsafeBytes { header(of: $0)?.header }
    }

    private static func header(of bytes: UnsafeRawBufferPointer) -> (header: Header, end: Int)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes[..<end])), header.format == 1,
            header.classIDs.count == header.classes.count,
            bytes.count - end - 1 == header.photos.count * header.classes.count * MemoryLayout<Float>.size
        else { return nil }
        return (header, end + 1)
    }

    /// Writes the file.
    func write(to path: String) throws {
        let line = try JSONEncoder().encode(header)
        try writeAtomically(to: path) { file in
            try file.write(Array(line) + [UInt8(ascii: "\n")])
            try logits.withUnsafeBytes { try file.write($0) }
        }
    }

    /// Computes the metrics with the present labels. Photos without a label of the run's classes do not count.
    func evaluated(in project: Project) throws -> EvaluatedRun {
        let revision = project.revision
        // Numbers of photos that are gone, or whose files have changed, are not those that were evaluated.
        let photos = header.photos.map { entry in
            (try? project.photo(entry.id)).flatMap { $0.version == entry.version ? $0 : nil }
        }
        // A class that was renamed is still the same one. One that was deleted may have been made again.
        let present = project.classIDs
        var places: [Int: Int] = [:]
        for (place, name) in header.classes.enumerated() {
            let isThere = header.classIDs[place].map { present.values.contains($0) } ?? false
            if !isThere, let id = present[name] { places[id] = place }
        }
        for (place, id) in header.classIDs.enumerated() {
            if let id { places[id] = place }
        }
        var (labels, rows, ids): ([Int], [Float], [Int]) = ([], [], [])
        let width = header.classes.count
        for case (let row, let photo?) in photos.enumerated() where !photo.isRemoved {
            guard let label = photo.classID.flatMap({ places[$0] }) else { continue }
            labels.append(label)
            ids.append(photo.id)
            rows += logits[row * width..<(row + 1) * width]
        }
        var outcomes: [EvaluatedRun.Outcome] = []
        let evaluation = try Evaluation(
            logits: rows, labels: labels, classes: header.classes, calibration: header.calibration,
            errors: header.unreadable.count
        ) { outcome in
            outcomes.append(
                EvaluatedRun.Outcome(
                    photo: ids[outcome.image], truth: labels[outcome.image], prediction: outcome.prediction.first ?? 0,
                    probability: outcome.probability, truthProbability: outcome.truthProbability ?? 0,
                    loss: outcome.loss))
        }
        var (names, classIDs) = (header.classes, [Int?](repeating: nil, count: width))
        for each in project.classes {
            if let place = places[each.id] { (names[place], classIDs[place]) = (each.name, each.id) }
        }
        return EvaluatedRun(
            split: header.split, revision: revision, classes: names, classIDs: classIDs,
            evaluation: evaluation, outcomes: outcomes)
    }
}

extension Project {
    /// The numbers of the classes by their names.
    var classIDs: [String: Int] {
        Dictionary(classes.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
    }
}
