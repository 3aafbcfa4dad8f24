internal import Platform

/// How much of a dataset is set aside.
public enum SplitSize: Sendable, Codable, Hashable {
    /// A fraction of the images, between 0 and 1.
    case share(Double)
    /// This many images.
    case count(Int)

    /// The number of images of a total. Throws where that is no part of them.
    func count(of total: Int) throws(DatasetError) -> Int {
        let wanted: Int
        switch self {
        case .share(let share):
            guard share > 0, share < 1 else {
                throw DatasetError(
                    .impossibleSplit, "a fraction of \(share) can't be set aside. Give one between 0 and 1.")
            }
            wanted = Int((Double(total) * share).rounded())
        case .count(let count):
            wanted = count
        }
        guard wanted > 0, wanted < total else {
            throw DatasetError(
                .impossibleSplit,
                "\(wanted) of \(total) images can't be set aside, as no part may be empty. "
                    + "Choose another size or add images.")
        }
        return wanted
    }
}

/// A dataset in parts that have no image in common.
public struct DatasetSplit: Sendable {
    /// The images to learn from.
    public let training: Subset
    /// The images that were set aside to choose by.
    public let validation: Subset
    /// The images that were set aside to measure with in the end, if that was asked for.
    public let test: Subset?
    /// Warnings for the user, one sentence each.
    public let notes: [String]
}

extension ImageDataset {
    /// Sets images aside, chosen at random by the seed.
    ///
    /// Stratified, each class gives its fraction (the whole is kept exact by largest remainders) and keeps at least one
    /// image to learn from; otherwise images are chosen whatever their class, as torch's `random_split` does.
    /// Which are chosen depends on the seed and the dataset alone; all parts keep the dataset's order. Images for the
    /// test are chosen from what validation leaves, so that validation is the same with a test and without.
    ///
    /// `groups` names the group of each image, nil for one on its own: no group is torn apart. Then sizes and classes
    /// are met as well as the groups allow; so it is where images have several labels.
    /// Throws where a part would be empty.
    public func split(
        validation size: SplitSize, test testSize: SplitSize? = nil, seed: UInt64 = 0, stratified: Bool = true,
        groups: [String?]? = nil
    ) throws(DatasetError) -> DatasetSplit {
        let wanted = try size.count(of: count)
        let wantedTest = try testSize.map { size throws(DatasetError) in try size.count(of: count) } ?? 0
        guard wanted + wantedTest < count else {
            throw DatasetError(
                .impossibleSplit,
                "\(wanted) images for validation and \(wantedTest) for the test leave none of \(count) to learn from. "
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
                .impossibleSplit, "every class has a single image, which is needed to learn from. Add images.")
        }
        let rest = zip(strata, quotas).map { $0.dropFirst($1) }
        let test = zip(rest, apportion(wantedTest, over: rest.map(\.count))).flatMap { $0.prefix($1) }
        guard testSize == nil || !test.isEmpty else {
            throw DatasetError(
                .impossibleSplit,
                "validation leaves each class a single image, which is needed to learn from. "
                    + "Add images, or leave the test out.")
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
        precondition(names.map { $0.count == count } ?? true, "Each image has a group, or none.")
        let groups = SplitGroups(
            self, names: names ?? Array(repeating: nil, count: count), isStratified: stratified)
        let parts = groups.parts(
            wanted: [count - wanted - wantedTest, wanted] + (hasTest ? [wantedTest] : []), seed: seed)
        guard parts.allSatisfy({ !$0.isEmpty }) else {
            throw DatasetError(
                .impossibleSplit,
                "\(groups.count == 1 ? "all images are one group" : "the \(groups.count) groups can't be split so") "
                    + "that no part is empty. Choose other sizes, or a group pattern that makes smaller groups.")
        }
        var notes: [String] = []
        if names != nil {
            var sentence = "\(groups.count) groups stay together: \(parts[1].count) images for validation"
            if parts[1].count != wanted { sentence += " (\(wanted) were wanted)" }
            if hasTest {
                sentence += ", \(parts[2].count) for the test"
                if parts[2].count != wantedTest { sentence += " (\(wantedTest) were wanted)" }
            }
            notes.append(sentence)
        }
        return DatasetSplit(
            training: Subset(of: self, indices: parts[0]), validation: Subset(of: self, indices: parts[1]),
            test: hasTest ? Subset(of: self, indices: parts[2]) : nil, notes: notes)
    }
}

extension OpenedDataset {
    /// Sets images of `training` aside, those of one group together where the options have a group pattern.
    ///
    /// An image that does not match the pattern is a group of its own. See `ImageDataset.split`, which this calls.
    public func split(
        validation: SplitSize, test: SplitSize? = nil, seed: UInt64 = 0, stratified: Bool = true
    ) throws(DatasetError) -> DatasetSplit {
        guard let text = options.groupPattern else {
            return try training.split(validation: validation, test: test, seed: seed, stratified: stratified)
        }
        let pattern = try LabelPattern(text, purpose: .groups)
        let folder = FilePath(folder)
        let groups = (0..<training.count).map { index in
            pattern.capture(in: String(fileName: FilePath(training.name(at: index)).bytes(within: folder)))
        }
        let unmatched = groups.count { $0 == nil }
        guard unmatched < groups.count else {
            throw DatasetError(
                .badPattern, path: location.path,
                "no image matches the group pattern '\(text)', such as \(training.name(at: 0)). Write another one.")
        }
        let split = try training.split(
            validation: validation, test: test, seed: seed, stratified: stratified, groups: groups)
        guard unmatched > 0 else { return split }
        let note =
            "\(unmatched == 1 ? "1 image does" : "\(unmatched) images do") not match the group pattern '\(text)'; each "
            + "is a group of its own"
        return DatasetSplit(
            training: split.training, validation: split.validation, test: split.test, notes: split.notes + [note])
    }
}

/// Shares a number out in proportion to sizes, by largest remainders; each size keeps at least one for itself.
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
