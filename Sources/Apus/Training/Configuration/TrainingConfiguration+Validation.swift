public import Classifier

extension TrainingConfiguration {
    /// Checks what the types leave open.
    ///
    /// - Throws: `ApusError` that names the value and what it may be.
    public func validate() throws(ApusError) {
        try demand(epochs >= 1, "epochs", epochs, "\(epochs) epochs can't be trained", "give 1 or more")
        try demand(
            batchSize >= 1, "batchSize", batchSize, "a batch of \(batchSize) images is not possible", "give 1 or more")
        try demand(
            accumulation >= 1, "accumulation", accumulation, "a step after \(accumulation) batches is not possible",
            "give 1 or more")
        try validateSizes()
        try demand(
            learningRate > 0 && learningRate.isFinite, "learningRate", learningRate,
            "a learning rate of \(learningRate) does not train", "give a number above 0, such as 0.001")
        try demand(
            warmUpEpochs >= 0 && warmUpEpochs.isFinite, "warmUpEpochs", warmUpEpochs,
            "a warm-up of \(warmUpEpochs) epochs is not possible", "give 0 or more")
        let scales = [
            (stageRate, "stageRate", "from stage to stage"), (backboneRate, "backboneRate", "of all but the head"),
        ]
        for (rate, name, place) in scales {
            try demand(
                rate > 0 && rate <= 1, name, rate, "a rate of \(rate) \(place) is not possible",
                "give a number above 0 and up to 1, such as 0.1")
        }
        try demand(
            !writesHistograms || writesEvents, "writesHistograms", writesHistograms,
            "histograms are written for TensorBoard", "give `writesEvents` too")
        try demand(
            (0...1).contains(minimumLoadedFraction), "minimumLoadedFraction", minimumLoadedFraction,
            "a loaded fraction of \(minimumLoadedFraction) is not possible", "give a number from 0 to 1, such as 0.5")
        try validateRules()
        try validateData()
        try demandShare(knownShare)
        if let patience {
            try demand(
                patience >= 1, "patience", patience, "a patience of \(patience) epochs is not possible",
                "give 1 or more")
        }
        if let keepEvery {
            try demand(
                keepEvery >= 1, "keepEvery", keepEvery, "a model can't be kept every \(keepEvery) epochs",
                "give 1 or more")
        }
        if let keepLast {
            try demand(
                keepLast >= 1, "keepLast", keepLast, "\(keepLast) models can't be kept",
                "give 1 or more, or leave it out to keep all")
            try demand(
                keepEvery != nil, "keepLast", keepLast, "how many models are kept depends on how often one is",
                "give `keepEvery` too")
        }
        try demand(
            checkpointMinutes > 0 && !checkpointMinutes.isNaN, "checkpointMinutes", checkpointMinutes,
            "the state can't be saved every \(checkpointMinutes) minutes", "give a number above 0, such as 5")
        if let workers {
            try demand(workers >= 0, "workers", workers, "\(workers) workers are not possible", "give 0 or more")
        }
        guard !cachesFeatures || start != .fresh && (strategy == .auto || strategy == .frozen) else {
            throw Self.nothingToCache
        }
        if let cachedViews {
            try demand(
                cachesFeatures, "cachedViews", cachedViews, "views are kept of cached features",
                "give `cachesFeatures` too")
            try demand(
                cachedViews >= 1, "cachedViews", cachedViews, "\(cachedViews) views of an image can't be kept",
                "give 1 or more")
        }
    }

    /// Refuses numbers that no run has and that sums and products of them could not hold.
    private func validateSizes() throws(ApusError) {
        let sizes: [(Int?, Int, String, String)] = [
            (epochs, 1_000_000_000, "epochs", "epochs"), (batchSize, 1_000_000, "batchSize", "images in a batch"),
            (accumulation, 1_000_000_000, "accumulation", "batches for a step"),
            (patience, 1_000_000_000, "patience", "epochs of patience"),
            (keepEvery, 1_000_000_000, "keepEvery", "epochs between kept models"),
            (keepLast, 1_000_000_000, "keepLast", "kept models"), (workers, 4096, "workers", "workers"),
            (cachedViews, 1_000_000, "cachedViews", "views of an image"),
        ]
        for case (let size?, let most, let name, let what) in sizes {
            try demand(size <= most, name, size, "\(size) \(what) are too many", "give \(most) at most")
        }
        try demand(
            checkpointMinutes <= 1_000_000_000 || checkpointMinutes.isInfinite, "checkpointMinutes", checkpointMinutes,
            "the state can't be saved every \(checkpointMinutes) minutes", "give 1000000000 at most")
    }

    private func validateRules() throws(ApusError) {
        try demand(
            (0..<1).contains(momentum), "momentum", momentum, "a momentum of \(momentum) is not possible",
            "give 0 to below 1")
        try demand(
            !looksAhead || optimizer == .sgd && momentum > 0, "looksAhead", looksAhead,
            "Nesterov momentum needs SGD with momentum", "give `optimizer = .sgd` and a momentum above 0")
        if let weightDecay {
            try demand(
                weightDecay >= 0 && weightDecay.isFinite, "weightDecay", weightDecay,
                "a weight decay of \(weightDecay) is not possible", "give 0 or more")
        }
        try demand(
            absoluteDecay >= 0 && absoluteDecay.isFinite, "absoluteDecay", absoluteDecay,
            "an L1 factor of \(absoluteDecay) is not possible", "give 0 or more, such as 0.00001")
        if let clipNorm {
            try demand(
                clipNorm > 0 && clipNorm.isFinite, "clipNorm", clipNorm,
                "a gradient can't be clipped to a norm of \(clipNorm)", "give a number above 0, such as 1")
        }
        try demand(
            (0..<1).contains(labelSmoothing), "labelSmoothing", labelSmoothing,
            "a label smoothing of \(labelSmoothing) is not possible", "give 0 to below 1, such as 0.1")
        if let averageDecay {
            try demand(
                averageDecay > 0 && averageDecay < 1, "averageDecay", averageDecay,
                "an exponential moving average with a decay of \(averageDecay) is not possible",
                "give a number between 0 and 1, such as 0.999")
        }
        if let dropout {
            try demand(
                (0..<1).contains(dropout), "dropout", dropout, "a dropout of \(dropout) is not possible",
                "give 0 to below 1, such as 0.5")
        }
    }

    private func validateData() throws(ApusError) {
        try demand(
            validationSplit > 0 && validationSplit < 1, "validationSplit", validationSplit,
            "a validation split of \(validationSplit) is not possible", "give a number between 0 and 1, such as 0.2")
        if let testSplit {
            try demand(
                testSplit > 0 && testSplit + validationSplit < 1, "testSplit", testSplit,
                "a test split of \(testSplit) with \(validationSplit) for validation is not possible",
                "give fractions whose sum is below 1")
        }
        if let limit {
            try demand(limit >= 2, "limit", limit, "\(limit) images are too few to train with", "give 2 or more")
        }
        try demand(
            !(balancesLoss && balancesSampling), "balancesSampling", balancesSampling,
            "classes that are drawn evenly need no weights", "choose `balancesLoss` or `balancesSampling`")
    }

    private func demand(
        _ holds: Bool, _ name: String, _ value: any CustomStringConvertible & Sendable,
        _ message: @autoclosure () -> String, _ advice: @autoclosure () -> String
    ) throws(ApusError) {
        guard holds else {
            throw ApusError(.invalidConfiguration, name: name, value: value, message(), advice: advice())
        }
    }

    static let nothingToCache = ApusError(
        .invalidConfiguration, name: "cachesFeatures", "features can be kept only of a frozen network",
        advice: "leave `cachesFeatures` out, or train with `strategy = .frozen`")
}
