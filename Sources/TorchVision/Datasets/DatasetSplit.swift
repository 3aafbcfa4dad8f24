/// How much of a dataset is set aside.
public enum SplitSize: Sendable, Codable, Hashable {
    /// A share of the pictures, between 0 and 1.
    case share(Double)
    /// So many pictures.
    case count(Int)
}

/// A dataset in two parts that have no picture in common.
public struct DatasetSplit: Sendable {
    /// The pictures to learn from.
    public let training: Subset
    /// The pictures that were set aside.
    public let validation: Subset
}

extension ImageDataset {
    /// Sets pictures aside, chosen at random by the seed.
    ///
    /// Stratified, each class gives its share (the whole is kept exact by largest remainders) and keeps at least one
    /// picture to learn from; otherwise pictures are chosen whatever their class, as torch's `random_split` does.
    /// Which are chosen depends on the seed and the dataset alone; both parts keep the dataset's order.
    /// Throws where a part would be empty.
    public func split(
        validation size: SplitSize, seed: UInt64 = 0, stratified: Bool = true
    ) throws(DatasetError) -> DatasetSplit {
        let wanted: Int
        switch size {
        case .share(let share):
            guard share > 0, share < 1 else {
                throw DatasetError(
                    .impossibleSplit, "a share of \(share) can't be set aside. Give one between 0 and 1.")
            }
            wanted = Int((Double(count) * share).rounded())
        case .count(let count):
            wanted = count
        }
        guard wanted > 0, wanted < count else {
            throw DatasetError(
                .impossibleSplit,
                "\(wanted) of \(count) pictures can't be set aside, as no part may be empty. "
                    + "Choose another size or add pictures.")
        }
        let keys = randomKeys(count: count, seed: seed, stream: RandomStream.split)
        let strata = stratified ? indicesByClass() : [Array(0..<count)]
        let quotas = apportion(wanted, over: strata.map(\.count))
        let aside = zip(strata, quotas).flatMap { members, quota in
            members.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(quota)
        }
        guard !aside.isEmpty else {
            throw DatasetError(
                .impossibleSplit, "every class has a single picture, which is needed to learn from. Add pictures.")
        }
        let chosen = Set(aside)
        return DatasetSplit(
            training: Subset(of: self, indices: (0..<count).filter { !chosen.contains($0) }),
            validation: Subset(of: self, indices: aside.sorted()))
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
