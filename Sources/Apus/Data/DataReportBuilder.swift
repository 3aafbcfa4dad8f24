internal import Foundation
internal import Images
internal import TorchVision

/// Builds the report from the results of a check.
struct DataReportBuilder {
    let opened: OpenedDataset
    let parts: [(name: String, images: any ImageDataset)]
    let images: [DataReport.Entry]
    let examined: [ImageExamination]
    let duplicates: DuplicateFinder

    var report: DataReport {
        let splits = splits
        let groups = groups(duplicates.exact, .exact) + groups(duplicates.near, .near)
        let unreadable = unreadable
        let wrongEndings = wrongEndings
        return DataReport(
            path: opened.location.path, understanding: opened.understanding, layout: opened.location.layout,
            isMultiLabel: opened.isMultiLabel,
            images: images.count, splits: splits, classes: classes, sizes: sizes,
            modes: tally(examined.filter(\.isReadable).compactMap(\.facts?.mode)),
            formats: tally(examined.filter(\.isReadable).compactMap(\.facts?.format.rawValue)),
            unreadable: unreadable, wrongEndings: wrongEndings, duplicates: groups, notes: opened.notes,
            findings: DataFindings(
                splits: splits, unreadable: unreadable.count, groups: groups, wrongEndings: wrongEndings.count,
                classNames: opened.classNames
            ).all)
    }

    private var splits: [DataReport.Split] {
        var start = 0
        return parts.map { part in
            let balance = ClassBalance(of: part.images)
            defer { start += part.images.count }
            return DataReport.Split(
                name: part.name, images: part.images.count,
                readable: examined[start..<start + part.images.count].count(where: \.isReadable),
                missingClasses: zip(balance.classNames, balance.counts).filter { $1 == 0 }.map(\.0),
                imbalance: balance.ratio)
        }
    }

    private var classes: [DataReport.ClassCount] {
        let counts = parts.map(\.images.countsByClass)
        return opened.classNames.enumerated().map { place, name in
            DataReport.ClassCount(name: name, counts: counts.map { $0[place] })
        }
    }

    private var sizes: DataReport.Sizes? {
        let contents = examined.compactMap { try? $0.content.get() }
        guard let width = DataReport.Range(contents.map { Double($0.width) }),
            let height = DataReport.Range(contents.map { Double($0.height) }),
            let aspect = DataReport.Range(contents.map { Double($0.width) / Double($0.height) })
        else { return nil }
        return DataReport.Sizes(width: width, height: height, aspect: aspect)
    }

    private var unreadable: [DataReport.Unreadable] {
        zip(images, examined).compactMap { image, examination in
            guard case .failure(let error) = examination.content else { return nil }
            return DataReport.Unreadable(image: image, kind: error.code, reason: error.message)
        }
    }

    private var wrongEndings: [DataReport.WrongEnding] {
        zip(images, examined).compactMap { image, examination in
            let found = URL(filePath: image.path).pathExtension.lowercased()
            // An unknown extension, or none, does not show the format.
            guard let format = examination.facts?.format, ImageFiles.kind(of: Array(image.path.utf8)) != .unknown,
                !format.fits(fileExtension: found)
            else { return nil }
            return DataReport.WrongEnding(path: image.path, format: format.rawValue)
        }
    }

    private func groups(
        _ groups: [[Int]], _ kind: DataReport.DuplicateGroup.Kind
    ) -> [DataReport.DuplicateGroup] {
        groups.map { group in
            let members = group.map { images[$0] }
            let labels = Set(members.map { image in Set(image.labels.map { Array($0.utf8) }) })
            return DataReport.DuplicateGroup(
                kind: kind, images: members, hasConflict: labels.count > 1,
                isLeak: Set(members.map(\.split)).count > 1)
        }
    }

    /// Counts how often each name occurs, the most frequent first.
    private func tally(_ names: [String]) -> [DataReport.Tally] {
        Dictionary(grouping: names, by: \.self).map { DataReport.Tally(name: $0, count: $1.count) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }
}

extension DataReport.Range {
    fileprivate init?(_ numbers: [Double]) {
        let sorted = numbers.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        self.init(
            minimum: first,
            median: sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, maximum: last)
    }
}
