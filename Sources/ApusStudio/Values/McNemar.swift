internal import LibC

/// Returns the p-value of McNemar's exact test: how probable a difference of two classifiers at least as large is, if
/// they make as many mistakes. Q. McNemar: Note on the sampling error of the difference between correlated proportions,
/// 1947.
///
/// - Parameters:
///   - onlyA: the number of photos that only the first classifier has right.
///   - onlyB: the number of photos that only the second one has right.
func mcNemarPValue(onlyA: Int, onlyB: Int) -> Double {
    let (count, fewer) = (onlyA + onlyB, min(onlyA, onlyB))
    // Two-sided: twice the probability of at most `fewer` heads among `count` tosses of a coin. Logarithms, because
    // 0.5 to the power of many tosses is 0.
    var logarithm = -Double(count) * log(2)
    var sum = exp(logarithm)
    for heads in 0..<fewer {
        logarithm += log(Double(count - heads)) - log(Double(heads + 1))
        sum += exp(logarithm)
    }
    return min(1, 2 * sum)
}
