/// The settings of Apus 0.1, which had no groups.
enum FormerSettings {
    /// The name of each setting in 0.1, and its name now.
    static let names = [
        "start": "network.initialWeights", "minimumLoadedFraction": "network.minimumLoadedFraction",
        "head": "network.head", "dropout": "network.dropout", "strategy": "network.strategy",
        "data.labelPattern": "data.dataset.labelPattern", "data.groupPattern": "data.dataset.groupPattern",
        "data.classes": "data.dataset.classes", "data.labelColumn": "data.dataset.labelColumn",
        "data.pathColumn": "data.dataset.pathColumn", "data.labelSeparator": "data.dataset.labelSeparator",
        "data.root": "data.dataset.root", "validationSplit": "data.validationSplit", "testSplit": "data.testSplit",
        "limit": "data.limit", "trainingTransforms": "data.trainingTransforms",
        "balancesLoss": "data.classBalancing", "balancesSampling": "data.classBalancing",
        "appliesOrientation": "data.appliesOrientation", "decoding": "data.decoding",
        "maximumUnreadable": "data.maximumUnreadable", "batchSize": "data.batchSize",
        "dropsLastBatch": "data.dropsLastBatch", "optimizer": "optimizer.kind",
        "learningRate": "optimizer.learningRate", "schedule": "optimizer.schedule",
        "warmUpEpochs": "optimizer.warmUpEpochs", "stageRate": "optimizer.layerwiseDecay",
        "backboneRate": "optimizer.backboneLearningRateScale", "momentum": "optimizer.momentum",
        "looksAhead": "optimizer.nesterov", "weightDecay": "optimizer.weightDecay",
        "sparesNorms": "optimizer.excludesNormsFromWeightDecay", "absoluteDecay": "optimizer.l1",
        "clipNorm": "optimizer.clipNorm", "accumulation": "optimizer.gradientAccumulationSteps",
        "averageDecay": "optimizer.emaDecay", "labelSmoothing": "loss.labelSmoothing",
        "keepEvery": "output.keepEvery", "keepLast": "output.keepLast",
        "checkpointMinutes": "output.checkpointMinutes", "knownShare": "output.coverage",
        "writesReport": "output.writesReport", "writesEvents": "output.writesTensorBoard",
        "writesHistograms": "output.writesHistograms", "workers": "compute.workers", "device": "compute.device",
        "isDeterministic": "compute.isDeterministic", "engine": "compute.engine", "precision": "compute.precision",
        "cachesFeatures": "compute.cachesFeatures", "cachedViews": "compute.cachedViews",
    ]

    /// Takes the settings with names of 0.1 out of a file.
    ///
    /// - Returns: The former name, the path of the property, and its value now, in the order of the former names.
    ///   Values that were the default are left out.
    static func taken(
        from settings: inout [String: ConfigurationValue]
    ) -> [(former: String, path: String, value: ConfigurationValue)] {
        var found: [(former: String, path: String, value: ConfigurationValue)] = []
        for (former, path) in names.sorted(by: { $0.key < $1.key }) {
            let value = settings.value(at: former)
            // The optimizer had the name that its group has now.
            if former == "optimizer", case .object? = value { continue }
            guard let value else { continue }
            settings.remove(former)
            if let value = Self.value(value, of: former) { found.append((former, path, value)) }
        }
        return found
    }

    /// The value of a setting now; nil if it is the default.
    private static func value(_ value: ConfigurationValue, of former: String) -> ConfigurationValue? {
        switch (former, value) {
        case ("start", .text("fresh")): .text("random")
        case ("balancesLoss", .bool(let isSet)): isSet ? .text("weightedLoss") : nil
        case ("balancesSampling", .bool(let isSet)): isSet ? .text("weightedSampling") : nil
        default: value
        }
    }
}

extension [String: ConfigurationValue] {
    fileprivate func value(at path: String) -> ConfigurationValue? { ConfigurationValue.object(self)[path] }

    fileprivate mutating func remove(_ path: String) {
        var object = ConfigurationValue.object(self)
        object[path] = nil
        if case .object(let members) = object { self = members }
    }
}
