internal import Platform

/// The size of a validation or test set.
public enum SplitSize: Sendable, Codable, Hashable {
    /// A fraction of the images, between 0 and 1.
    case fraction(Double)
    /// This many images.
    case count(Int)

    /// The number of images out of a total. Throws if it is not a valid part.
    func count(of total: Int) throws(DatasetError) -> Int {
        let wanted: Int
        switch self {
        case .fraction(let fraction):
            guard fraction > 0, fraction < 1 else {
                throw DatasetError(
                    .impossibleSplit, "a fraction of \(fraction) can't be split off. Use one between 0 and 1.")
            }
            wanted = Int((Double(total) * fraction).rounded())
        case .count(let count):
            wanted = count
        }
        guard wanted > 0, wanted < total else {
            throw DatasetError(
                .impossibleSplit,
                "\(wanted) of \(total) images can't be split off, because no part may be empty. "
                    + "Choose another size or add images.")
        }
        return wanted
    }
}

/// A dataset split into disjoint parts.
public struct DatasetSplit: Sendable {
    /// The training images.
    public let training: Subset
    /// The validation images.
    public let validation: Subset
    /// The test images, if requested.
    public let test: Subset?
    /// Warnings for the user, one sentence each.
    public let notes: [String]
}

extension ImageDataset {
    /// Splits the dataset at random, determined by the seed.
    /// If stratified, each class contributes its fraction (totals are exact by largest remainders) and keeps at least
    /// one training image. Otherwise images are chosen regardless of their class, as torch's `random_split` does. The
    /// choice depends only on the seed and the dataset; all parts keep the dataset's order. Test images are chosen from
    /// the images left by validation, so that validation is the same with and without a test set.
    ///
    /// `groups` contains the group of each image, nil for an image on its own. Groups are never split. Sizes and
    /// classes are then matched as well as the groups allow; the same applies to multi-label datasets. Throws if a part
    /// would be empty.
    public func split(
        validation size: SplitSize, test testSize: SplitSize? = nil, seed: UInt64 = 0, stratified: Bool = true,
        groups: [String?]? = nil
    ) throws(DatasetError) -> DatasetSplit {
        let wanted = try size.count(of: count)
        let wantedTest = try testSize.map { size throws(DatasetError) in try size.count(of: count) } ?? 0
        guard wanted + wantedTest < count else {
            throw DatasetError(
                .impossibleSplit,
                "\(wanted) images for validation and \(wantedTest) for the test leave none of \(count) for training. "
                    + "Choose other sizes or add images.")
        }
        if groups != nil || isMultiLabel && stratified {
            return try groupedSplit(
                wanted: wanted, wantedTest: wantedTest, hasTest: testSize != nil, seed: seed, stratified: stratified,
                groups: groups)
        }
        let keys = randomKeys(count: count, seed: seed, stream: RandomStream.split)
        let strata = (stratified ? indicesByClass() : [Array(0..<count)]).map { members in
            members.sorted { (keys[$0], $0) < (keys[$1], $1) }
        }
        let quotas = apportion(wanted, over: strata.map(\.count))
        let aside = zip(strata, quotas).flatMap { $0.prefix($1) }
        guard !aside.isEmpty else {
            throw DatasetError(
                .impossibleSplit, "every class has a single image, which is needed for training. Add images.")
        }
        let rest = zip(strata, quotas).map { $0.dropFirst($1) }
        let test = zip(rest, apportion(wantedTest, over: rest.map(\.count))).flatMap { $0.prefix($1) }
        guard testSize == nil || !test.isEmpty else {
            throw DatasetError(
                .impossibleSplit,
                "validation leaves each class a single image, which is needed for training. "
                    + "Add images, or use no test set.")
        }
        let chosen = Set(aside + test)
        return DatasetSplit(
            training: Subset(of: self, indices: (0..<count).filter { !chosen.contains($0) }),
            validation: Subset(of: self, indices: aside.sorted()),
            test: testSize.map { _ in Subset(of: self, indices: test.sorted()) }, notes: [])
    }

    private func groupedSplit(
        wanted: Int, wantedTest: Int, hasTest: Bool, seed: UInt64, stratified: Bool, groups names: [String?]?
    ) throws(DatasetError) -> DatasetSplit {
        precondition(names.map { $0.count == count } ?? true, "the number of groups must equal the number of images")
        let groups = SplitGroups(
            self, names: names ?? Array(repeating: nil, count: count), isStratified: stratified)
        let parts = groups.parts(
            wanted: [count - wanted - wantedTest, wanted] + (hasTest ? [wantedTest] : []), seed: seed)
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw DatasetError(
                .impossibleSplit,
                "\(groups.count == 1 ? "all images are one group" : "the \(groups.count) groups can't be split so") "
                    + "that no part is empty. Choose other sizes, or a group pattern with smaller groups.")
        }
        var notes: [String] = []
        if names != nil {
            var sentence = "\(groups.count) groups stay together: \(parts[1].count) images for validation"
            if parts[1].count != wanted { sentence += " (\(wanted) were requested)" }
            if hasTest {
                sentence += ", \(parts[2].count) for the test"
                if parts[2].count != wantedTest { sentence += " (\(wantedTest) were requested)" }
            }
            notes.append(sentence)
        }
        return DatasetSplit(
            training: Subset(of: self, indices: parts[0]), validation: Subset(of: self, indices: parts[1]),
            test: hasTest ? Subset(of: self, indices: parts[2]) : nil, notes: notes)
    }
}

extension OpenedDataset {
    /// Splits `training` at random, keeping groups together if the options have a group pattern, and otherwise the
    /// frames of each video.
    ///
    /// A pattern is for the path of a video, not of its frames. An image that does not match the pattern is a separate
    /// group. See `ImageDataset.split`, which this calls.
    public func split(
        validation: SplitSize, test: SplitSize? = nil, seed: UInt64 = 0, stratified: Bool = true
    ) throws(DatasetError) -> DatasetSplit {
        guard let text = options.groupPattern else {
            let videos = (0..<training.count).map { FilePath(training.name(at: $0)).video?.text }
            return try training.split(
                validation: validation, test: test, seed: seed, stratified: stratified,
                groups: videos.contains { $0 != nil } ? videos : nil)
        }
        let pattern = try LabelPattern(text, purpose: .groups)
        let folder = FilePath(folder)
        let groups = (0..<training.count).map { index in
            pattern.capture(in: String(fileName: FilePath(training.name(at: index)).source.bytes(within: folder)))
        }
        let unmatched = groups.count { $0 == nil }
        guard unmatched < groups.count else {
            throw DatasetError(
                .badPattern, path: location.path,
                "no image matches the group pattern '\(text)', such as \(training.name(at: 0)). Use another pattern.")
        }
        let split = try training.split(
            validation: validation, test: test, seed: seed, stratified: stratified, groups: groups)
        guard unmatched > 0 else { return split }
        let note =
            "\(unmatched == 1 ? "1 image does" : "\(unmatched) images do") not match the group pattern '\(text)'; each "
            + "is a separate group"
        return DatasetSplit(
            training: split.training, validation: split.validation, test: split.test, notes: split.notes + [note])
    }
}

/// Distributes a number in proportion to sizes by largest remainders; each size keeps at least one for itself.
private func apportion(_ total: Int, over sizes: [Int]) -> [Int] {
    let sum = sizes.reduce(0, +)
    let exact = sizes.map { Double(total) * Double($0) / Double(max(1, sum)) }
    var quotas = zip(exact, sizes).map { min(Int($0), max(0, $1 - 1)) }
    let byRemainder = exact.indices.sorted { left, right in
        let (leftRest, rightRest) = (
            exact[left] - exact[left].rounded(.down), exact[right] - exact[right].rounded(.down)
        )
        return leftRest == rightRest ? left < right : leftRest > rightRest
    }
    var missing = total - quotas.reduce(0, +)
    while missing > 0 {
        let before = missing
        for index in byRemainder where missing > 0 && quotas[index] < sizes[index] - 1 {
            quotas[index] += 1
            missing -= 1
        }
        if missing == before { break }
    }
    return quotas
}
