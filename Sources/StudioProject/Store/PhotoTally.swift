/// What the counts depend on.
struct PhotoCell: Hashable {
    var label: Int?
    var split: Split?
    var state: Photo.State
    var isRemoved: Bool
}

/// How many photos have which properties, so that counts need no look at the photos.
struct PhotoTally {
    private var cells: [PhotoCell: Int]

    init(_ cells: [PhotoCell: Int] = [:]) { self.cells = cells }

    /// Counts photos that got other properties; nil for photos that were not or are not there.
    mutating func move(_ old: PhotoCell?, to new: PhotoCell?) {
        if let old, let count = cells[old] { cells[old] = count > 1 ? count - 1 : nil }
        if let new { cells[new, default: 0] += 1 }
    }

    /// The numbers of photos.
    var counts: Counts {
        var counts = Counts()
        for (cell, count) in cells {
            if cell.isRemoved {
                counts.removed += count
            } else if cell.state == .missing {
                counts.missing += count
            } else {
                counts.photos += count
                if cell.label == nil { counts.unlabeled += count } else { counts.labeled += count }
                if cell.state == .unreadable { counts.unreadable += count }
                if cell.split == .test {
                    counts.test += count
                    if cell.label != nil { counts.testLabeled += count }
                }
            }
        }
        return counts
    }

    /// The numbers of photos of each class, and of those in the test set.
    var byClass: [Int: (photos: Int, test: Int)] {
        var classes: [Int: (photos: Int, test: Int)] = [:]
        for (cell, count) in cells where !cell.isRemoved && cell.state != .missing {
            guard let label = cell.label else { continue }
            classes[label, default: (0, 0)].photos += count
            if cell.split == .test { classes[label, default: (0, 0)].test += count }
        }
        return classes
    }
}

extension Split {
    /// The number in the database.
    var number: Int {
        switch self {
        case .train: 0
        case .val: 1
        case .test: 2
        }
    }

    init?(number: Int?) {
        guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = found
    }
}

extension Photo.State {
    /// The number in the database.
    var number: Int {
        switch self {
        case .new: 0
        case .ok: 1
        case .unreadable: 2
        case .missing: 3
        }
    }

    init(number: Int) { self = Self.allCases.first { $0.number == number } ?? .new }
}
