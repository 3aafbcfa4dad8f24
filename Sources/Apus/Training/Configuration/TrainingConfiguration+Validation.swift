public import Classifier

extension TrainingConfiguration {
    /// Checks that the values are possible.
    ///
    /// - Throws: `ApusError` that names the setting and what it may be.
    public func validate() throws(ApusError) {
        try demand(epochs >= 1, "epochs", epochs, "\(epochs) epochs can't be trained", "use 1 or more")
        if let patience {
            try demand(
                patience >= 1, "patience", patience, "a patience of \(patience) epochs is not possible",
                "use 1 or more")
        }
        try validateSizes()
        try network.validate()
        try data.validate()
        try optimizer.validate()
        try demand(
            (0..<1).contains(loss.labelSmoothing), "loss.labelSmoothing", loss.labelSmoothing,
            "a label smoothing of \(loss.labelSmoothing) is not possible", "use 0 to below 1, such as 0.1")
        try output.validate()
        try compute.validate()
        let (weights, strategy) = (network.initialWeights, network.strategy)
        guard !compute.cachesFeatures || weights != .random && (strategy == .auto || strategy == .frozen) else {
            throw Self.nothingToCache
        }
    }

    /// Refuses numbers that no run has and whose sums and products could overflow.
    private func validateSizes() throws(ApusError) {
        let sizes: [(Int?, Int, String, String)] = [
            (epochs, 1_000_000_000, "epochs", "epochs"),
            (patience, 1_000_000_000, "patience", "epochs of patience"),
            (data.batchSize, 1_000_000, "data.batchSize", "images in a batch"),
            (
                optimizer.gradientAccumulationSteps, 1_000_000_000, "optimizer.gradientAccumulationSteps",
                "batches for a step"
            ),
            (output.keepEvery, 1_000_000_000, "output.keepEvery", "epochs between kept models"),
            (output.keepLast, 1_000_000_000, "output.keepLast", "kept models"),
            (output.printEvery, 1_000_000_000, "output.printEvery", "batches between printed metrics"),
            (compute.workers, 4096, "compute.workers", "workers"),
            (compute.cachedViews, 1_000_000, "compute.cachedViews", "views of an image"),
        ]
        for case (let size?, let most, let name, let what) in sizes {
            try demand(size <= most, name, size, "\(size) \(what) are too many", "use \(most) at most")
        }
    }

    static let nothingToCache = ApusError(
        .invalidConfiguration, name: "compute.cachesFeatures", "only the features of a frozen network can be cached",
        advice: "leave `compute.cachesFeatures` out, or train with `network.strategy = .frozen`")
}

extension TrainingConfiguration.NetworkSettings {
    fileprivate func validate() throws(ApusError) {
        try demand(
            (0...1).contains(minimumLoadedFraction), "network.minimumLoadedFraction", minimumLoadedFraction,
            "a loaded fraction of \(minimumLoadedFraction) is not possible", "use a number from 0 to 1, such as 0.5")
        if let dropout {
            try demand(
                (0..<1).contains(dropout), "network.dropout", dropout, "a dropout of \(dropout) is not possible",
                "use 0 to below 1, such as 0.5")
        }
    }
}

extension TrainingConfiguration.DataSettings {
    fileprivate func validate() throws(ApusError) {
        try demand(
            batchSize >= 1, "data.batchSize", batchSize, "a batch of \(batchSize) images is not possible",
            "use 1 or more")
        try demand(
            validationSplit > 0 && validationSplit < 1, "data.validationSplit", validationSplit,
            "a validation split of \(validationSplit) is not possible", "use a number between 0 and 1, such as 0.2")
        if let testSplit {
            try demand(
                testSplit > 0 && testSplit + validationSplit < 1, "data.testSplit", testSplit,
                "a test split of \(testSplit) with \(validationSplit) for validation is not possible",
                "use fractions whose sum is below 1")
        }
        if let limit {
            try demand(limit >= 2, "data.limit", limit, "\(limit) images are too few to train with", "use 2 or more")
        }
    }
}

extension TrainingConfiguration.OptimizerSettings {
    fileprivate func validate() throws(ApusError) {
        try demand(
            gradientAccumulationSteps >= 1, "optimizer.gradientAccumulationSteps", gradientAccumulationSteps,
            "a step after \(gradientAccumulationSteps) batches is not possible", "use 1 or more")
        try demand(
            learningRate > 0 && learningRate.isFinite, "optimizer.learningRate", learningRate,
            "a learning rate of \(learningRate) does not train", "use a number above 0, such as 0.001")
        try demand(
            warmUpEpochs >= 0 && warmUpEpochs.isFinite, "optimizer.warmUpEpochs", warmUpEpochs,
            "a warm-up of \(warmUpEpochs) epochs is not possible", "use 0 or more")
        let scales = [
            (layerwiseDecay, "optimizer.layerwiseDecay", "from stage to stage"),
            (backboneLearningRateScale, "optimizer.backboneLearningRateScale", "of all stages except the head"),
        ]
        for (rate, name, place) in scales {
            try demand(
                rate > 0 && rate <= 1, name, rate, "a rate of \(rate) \(place) is not possible",
                "use a number above 0 and up to 1, such as 0.1")
        }
        try demand(
            (0..<1).contains(momentum), "optimizer.momentum", momentum, "a momentum of \(momentum) is not possible",
            "use 0 to below 1")
        try demand(
            !nesterov || kind == .sgd && momentum > 0, "optimizer.nesterov", nesterov,
            "Nesterov momentum needs SGD with momentum", "use `optimizer.kind = .sgd` and a momentum above 0")
        if let weightDecay {
            try demand(
                weightDecay >= 0 && weightDecay.isFinite, "optimizer.weightDecay", weightDecay,
                "a weight decay of \(weightDecay) is not possible", "use 0 or more")
        }
        try demand(
            l1 >= 0 && l1.isFinite, "optimizer.l1", l1, "an L1 factor of \(l1) is not possible",
            "use 0 or more, such as 0.00001")
        if let clipNorm {
            try demand(
                clipNorm > 0 && clipNorm.isFinite, "optimizer.clipNorm", clipNorm,
                "a gradient can't be clipped to a norm of \(clipNorm)", "use a number above 0, such as 1")
        }
        if let emaDecay {
            try demand(
                emaDecay > 0 && emaDecay < 1, "optimizer.emaDecay", emaDecay,
                "an exponential moving average with a decay of \(emaDecay) is not possible",
                "use a number between 0 and 1, such as 0.999")
        }
    }
}

extension TrainingConfiguration.OutputSettings {
    fileprivate func validate() throws(ApusError) {
        if let keepEvery {
            try demand(
                keepEvery >= 1, "output.keepEvery", keepEvery, "a model can't be kept every \(keepEvery) epochs",
                "use 1 or more")
        }
        if let keepLast {
            try demand(
                keepLast >= 1, "output.keepLast", keepLast, "\(keepLast) models can't be kept",
                "use 1 or more, or leave it out to keep all")
            try demand(
                keepEvery != nil, "output.keepLast", keepLast,
                "the number of kept models requires an interval", "use `output.keepEvery` too")
        }
        try demand(
            checkpointMinutes > 0 && checkpointMinutes <= 1_000_000_000, "output.checkpointMinutes", checkpointMinutes,
            "the state can't be saved every \(checkpointMinutes) minutes",
            "use a number above 0 and up to 1000000000, such as 5")
        if let coverage {
            try demand(
                coverage > 0 && coverage <= 1, "output.coverage", coverage, "a coverage of \(coverage) is not possible",
                "use a number above 0 and up to 1, such as 0.95")
        }
        if let printEvery {
            try demand(
                printEvery >= 1, "output.printEvery", printEvery,
                "metrics can't be printed every \(printEvery) batches",
                "use 1 or more, such as 100")
        }
        try demand(
            !writesHistograms || writesTensorBoard, "output.writesHistograms", writesHistograms,
            "histograms require the event file for TensorBoard", "use `output.writesTensorBoard` too")
    }
}

extension TrainingConfiguration.ComputeSettings {
    fileprivate func validate() throws(ApusError) {
        if let workers {
            try demand(
                workers >= 0, "compute.workers", workers, "\(workers) workers are not possible", "use 0 or more")
        }
        if let cachedViews {
            try demand(
                cachesFeatures, "compute.cachedViews", cachedViews, "cached views require cached features",
                "use `compute.cachesFeatures` too")
            try demand(
                cachedViews >= 1, "compute.cachedViews", cachedViews, "\(cachedViews) views of an image can't be kept",
                "use 1 or more")
        }
    }
}

private func demand(
    _ holds: Bool, _ name: String, _ value: any CustomStringConvertible & Sendable,
    _ message: @autoclosure () -> String, _ advice: @autoclosure () -> String
) throws(ApusError) {
    guard holds else {
        throw ApusError(.invalidConfiguration, name: name, value: value, message(), advice: advice())
    }
}
