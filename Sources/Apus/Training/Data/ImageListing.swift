internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// The images of a run with their splits, labels and digests, in order. It shows whether the data has changed.
struct ImageListing: Equatable {
    struct Image: Equatable {
        package let part: EvaluationSplit
        let labels: [String]
        let identity: ImageIdentity

        /// Compares what changes the result of a run.
        static func == (left: Image, right: Image) -> Bool {
            left.part == right.part && left.identity.content == right.identity.content
                && left.labels.elementsEqual(right.labels) { $0.utf8.elementsEqual($1.utf8) }
        }
    }

    let images: [Image]

    init(images: [Image]) { self.images = images }

    /// Reads part of each image.
    ///
    /// - Throws: `DatasetError` if the system fails.
    init(of data: TrainingData) throws {
        let parts: [(EvaluationSplit, (any ImageDataset)?)] = [
            (.train, data.training), (.val, data.validation), (.test, data.test),
        ]
        images = try parts.flatMap { part, dataset -> [Image] in
            guard let dataset else { return [] }
            return try dataset.identities(within: data.folder).enumerated().map { index, identity in
                Image(
                    part: part, labels: dataset.labels(at: index).map { dataset.classNames[$0] }, identity: identity)
            }
        }
    }

    /// A digest of the images with their splits and labels.
    var digest: String {
        var digest = Digest64()
        for image in images {
            digest.add("\(image.part.rawValue) \(image.identity.content.hexadecimal) \(image.labels)")
        }
        return digest.value.hexadecimal
    }

    /// The record for a model file.
    var record: SplitRecord {
        func identities(_ part: EvaluationSplit) -> [ImageIdentity] {
            images.filter { $0.part == part }.map(\.identity)
        }
        return SplitRecord(train: identities(.train), val: identities(.val), test: identities(.test))
    }
}

extension ImageListing {
    /// Describes the changes: images that were added, removed, moved or changed.
    ///
    /// - Returns: Nil if no change matters.
    func changes(since then: ImageListing) -> String? {
        guard self != then else { return nil }
        func byName(_ images: [Image]) -> [[UInt8]: Image] {
            Dictionary(images.map { ($0.identity.name, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let (before, after) = (byName(then.images), byName(images))
        var added = images.map(\.identity).filter { before[$0.name] == nil }
        var gone = Dictionary(
            grouping: then.images.map(\.identity).filter { after[$0.name] == nil && $0.content != 0 }, by: \.content)
        var moved: [String] = []
        added.removeAll { image in
            guard let old = gone[image.content]?.popLast() else { return false }
            moved.append("\(old.text) is now \(image.text)")
            return true
        }
        let movedAway = Set(gone.values.joined().map(\.name))
        let removed = then.images.map(\.identity).filter {
            after[$0.name] == nil && ($0.content == 0 || movedAway.contains($0.name))
        }
        var (changed, relabeled, divided) = ([ImageIdentity](), [String](), [ImageIdentity]())
        for image in images {
            guard let old = before[image.identity.name], old != image else { continue }
            if old.identity.content != image.identity.content {
                changed.append(image.identity)
            } else if old.part == image.part {
                relabeled.append(
                    "\(image.identity.text) from \(old.labels.joined(separator: ";")) to "
                        + image.labels.joined(separator: ";"))
            } else {
                divided.append(image.identity)
            }
        }
        func listed(_ names: [String], _ what: String) -> String? {
            let first = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
            return names.isEmpty ? nil : "\(names.count.grouped) \(what) (\(first))"
        }
        let changes = [
            listed(added.map(\.text), "added"), listed(removed.map(\.text), "removed"), listed(moved, "moved"),
            listed(changed.map(\.text), "with other content"), listed(relabeled, "with another label"),
        ].compactMap(\.self)
        // If images are added or removed, the split of the others changes too.
        return changes.isEmpty
            ? listed(divided.map(\.text), "in another split") ?? "their order is different"
            : changes.joined(separator: "; ")
                + (added.contains(where: \.isOfNewFormat)
                    ? "; since version 0.2, files of other formats than JPEG, PNG and WebP are images too" : "")
    }
}

extension ImageListing: Codable {
    /// Reads one line per image.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        func damaged() -> DecodingError {
            .dataCorruptedError(in: container, debugDescription: "a line of the images is incomplete")
        }
        let lines = try container.decode([[String]].self)
        images = try lines.map { line in
            guard line.count >= 3, let part = EvaluationSplit(rawValue: line[0]),
                let content = UInt64(line[1], radix: 16)
            else { throw damaged() }
            return Image(
                part: part, labels: Array(line[3...]),
                identity: ImageIdentity(name: line[2].fileNameBytes, content: content))
        }
    }

    /// Writes one line per image: its split, its digest, its name, its labels.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            images.map { image in
                [image.part.rawValue, image.identity.content.hexadecimal, image.identity.text] + image.labels
            })
    }
}

extension ImageIdentity {
    /// The name as text that keeps its bytes.
    fileprivate var text: String { String(fileName: name) }

    /// Whether the name lacks the extensions of the formats that versions before 0.2 read.
    fileprivate var isOfNewFormat: Bool {
        let text = text.lowercased()
        return ![".jpg", ".jpeg", ".png", ".webp"].contains { text.hasSuffix($0) }
    }
}
