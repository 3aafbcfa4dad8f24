public import Classifier

extension TrainingConfiguration {
    /// Checks what the types leave open.
    ///
    /// - Throws: `ApusError` that names the value and what it may be.
    public func validate() throws(ApusError) {
        try demand(epochs >= 1, "\(epochs) epochs can't be trained; give 1 or more")
        try demand(batchSize >= 1, "a batch of \(batchSize) pictures is none; give 1 or more")
        try demand(accumulation >= 1, "a step after \(accumulation) batches is none; give 1 or more")
        try validateSizes()
        try demand(
            learningRate > 0 && learningRate.isFinite,
            "a learning rate of \(learningRate) does not train; give a number above 0, such as 0.001")
        try demand(
            warmUpEpochs >= 0 && warmUpEpochs.isFinite,
            "a warm-up of \(warmUpEpochs) epochs does not hold; give 0 or more")
        for (rate, name) in [(stageRate, "from stage to stage"), (backboneRate, "of all but the head")] {
            try demand(
                rate > 0 && rate <= 1,
                "a rate of \(rate) \(name) does not hold; give a number above 0 and up to 1, such as 0.1")
        }
        try demand(
            !writesHistograms || writesEvents, "histograms are written for TensorBoard; give --tensorboard too")
        try demand(
            (0...1).contains(minimumLoadedFraction),
            "a loaded fraction of \(minimumLoadedFraction) is not possible; give a number from 0 to 1, such as 0.5")
        try validateRules()
        try validateData()
        try demandShare(knownShare)
        if let patience { try demand(patience >= 1, "a patience of \(patience) epochs is none; give 1 or more") }
        if let keepEvery {
            try demand(keepEvery >= 1, "a model can't be kept every \(keepEvery) epochs; give 1 or more")
        }
        if let keepLast {
            try demand(keepLast >= 1, "\(keepLast) models can't be kept; give 1 or more, or leave it out to keep all")
            try demand(keepEvery != nil, "which models to keep is told by how often; give --keep-every too")
        }
        try demand(
            checkpointMinutes > 0 && !checkpointMinutes.isNaN,
            "the state can't be saved every \(checkpointMinutes) minutes; give a number above 0, such as 5")
        if let workers { try demand(workers >= 0, "\(workers) workers are not possible; give 0 or more") }
        guard !cachesFeatures || start != .fresh && (strategy == .auto || strategy == .frozen) else {
            throw Self.nothingToCache
        }
        if let cachedViews {
            try demand(cachesFeatures, "views are kept of cached features; give --cache-features too")
            try demand(cachedViews >= 1, "\(cachedViews) views of a picture can't be kept; give 1 or more")
        }
    }

    /// Refuses numbers that no run has and that sums and products of them could not hold.
    private func validateSizes() throws(ApusError) {
        let sizes: [(Int?, Int, String)] = [
            (epochs, 1_000_000_000, "epochs"), (batchSize, 1_000_000, "pictures in a batch"),
            (accumulation, 1_000_000_000, "batches for a step"), (patience, 1_000_000_000, "epochs of patience"),
            (keepEvery, 1_000_000_000, "epochs between kept models"), (keepLast, 1_000_000_000, "kept models"),
            (workers, 4096, "workers"), (cachedViews, 1_000_000, "views of a picture"),
        ]
        for (size, most, name) in sizes {
            try demand((size ?? 0) <= most, "\(size ?? 0) \(name) are too many; give \(most) at most")
        }
        try demand(
            checkpointMinutes <= 1_000_000_000 || checkpointMinutes.isInfinite,
            "the state can't be saved every \(checkpointMinutes) minutes; give 1000000000 at most")
    }

    private func validateRules() throws(ApusError) {
        try demand((0..<1).contains(momentum), "a momentum of \(momentum) does not hold; give 0 to below 1")
        try demand(
            !looksAhead || optimizer == .sgd && momentum > 0,
            "Nesterov's step is SGD's with momentum; give --optimizer sgd, and a momentum above 0")
        if let weightDecay {
            try demand(
                weightDecay >= 0 && weightDecay.isFinite,
                "a weight decay of \(weightDecay) does not hold; give 0 or more")
        }
        try demand(
            absoluteDecay >= 0 && absoluteDecay.isFinite,
            "an L1 share of \(absoluteDecay) does not hold; give 0 or more, such as 0.00001")
        if let clipNorm {
            try demand(
                clipNorm > 0 && clipNorm.isFinite,
                "a gradient can't be clipped to a norm of \(clipNorm); give a number above 0, such as 1")
        }
        try demand(
            (0..<1).contains(labelSmoothing),
            "a label smoothing of \(labelSmoothing) does not hold; give 0 to below 1, such as 0.1")
        if let averageDecay {
            try demand(
                averageDecay > 0 && averageDecay < 1,
                "a mean of weights that keeps \(averageDecay) does not hold; give a number between 0 and 1, such as "
                    + "0.999")
        }
        if let dropout {
            try demand(
                (0..<1).contains(dropout), "a dropout of \(dropout) does not hold; give 0 to below 1, such as 0.5")
        }
    }

    private func validateData() throws(ApusError) {
        try demand(
            validationSplit > 0 && validationSplit < 1,
            "a validation share of \(validationSplit) can't be set aside; give a number between 0 and 1, such as 0.2")
        if let testSplit {
            try demand(
                testSplit > 0 && testSplit + validationSplit < 1,
                "a test share of \(testSplit) beside \(validationSplit) for validation can't be set aside; give shares whose "
                    + "sum is below 1")
        }
        if let limit { try demand(limit >= 2, "\(limit) pictures are too few to train with; give 2 or more") }
        try demand(
            !(balancesLoss && balancesSampling),
            "classes that are drawn evenly need no weights; choose --balance loss or --balance sampling")
    }

    private func demand(_ holds: Bool, _ message: @autoclosure () -> String) throws(ApusError) {
        if !holds { throw ApusError(message()) }
    }

    static let nothingToCache = ApusError(
        "features can be kept only of a frozen network; leave --cache-features out, or train with the strategy "
            + "'frozen'")
}
