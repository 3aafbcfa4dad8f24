internal import Classifier

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

    /// Settings as JSON objects, each in its group.
    ///
    /// - Throws: `ApusError` for a setting that has both names.
    static func regrouped(_ settings: [String: Any]) throws(ApusError) -> [String: Any] {
        var result = settings
        var found: [(former: String, name: String, value: Any)] = []
        for (former, name) in names.sorted(by: { $0.key < $1.key }) {
            // The optimizer had the name that its group has now.
            if former == "optimizer", settings[former] is [String: Any] { continue }
            if let value = take(former.split(separator: ".")[...], from: &result) {
                found.append((former, name, value))
            }
        }
        for (former, name, value) in found {
            guard let value = Self.value(value, of: former) else { continue }
            guard put(value, at: name.split(separator: ".")[...], in: &result) else {
                throw ApusError(
                    .invalidConfiguration, name: name,
                    "the setting '\(name)' is given twice, once by its former name '\(former)'",
                    advice: "leave '\(former)' out")
            }
        }
        return result
    }

    /// The value of a setting now; nil if it is the default.
    private static func value(_ value: Any, of former: String) -> Any? {
        switch (former, value) {
        case ("start", let text as String) where text == "fresh": "random"
        case ("balancesLoss", let isSet as Bool): isSet ? "weightedLoss" : nil
        case ("balancesSampling", let isSet as Bool): isSet ? "weightedSampling" : nil
        default: value
        }
    }

    private static func take(_ path: ArraySlice<Substring>, from object: inout [String: Any]) -> Any? {
        let name = String(path[path.startIndex])
        guard path.count > 1 else { return object.removeValue(forKey: name) }
        guard var group = object[name] as? [String: Any] else { return nil }
        let value = take(path.dropFirst(), from: &group)
        object[name] = group
        return value
    }

    /// - Returns: Whether nothing else was there.
    private static func put(_ value: Any, at path: ArraySlice<Substring>, in object: inout [String: Any]) -> Bool {
        let name = String(path[path.startIndex])
        guard path.count > 1 else {
            defer { object[name] = value }
            return object[name] == nil
        }
        guard var group = (object[name] ?? [:] as [String: Any]) as? [String: Any],
            put(value, at: path.dropFirst(), in: &group)
        else { return false }
        object[name] = group
        return true
    }
}
