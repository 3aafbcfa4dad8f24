internal import Classifier
internal import Images

/// A model as `/v1/models/NAME` describes it.
package struct ModelAnswer: Encodable, Sendable {
    /// The name of the model.
    package let name: String
    /// The version of the model.
    package let version: String
    /// Whether the model can be used. If it can't, only `message` has further information.
    package let state: ModelState.State
    /// Why the model failed to load, or why its changed file could not replace it.
    package let message: String?
    private var architecture: String?
    private var classes: [String]?
    private var displayNames: [String]?
    /// The side of the network's square input in pixels.
    private var inputSize: Int?
    private var preprocessing: Preprocessing?
    private var metrics: EpochMetrics?
    private var isMultiLabel: Bool?
    /// The probability below which images are unknown.
    private var unknownThreshold: Double?
    private var temperature: Double?
    private var engine: String?

    init(_ entry: ModelRegistry.Entry) {
        (name, version) = (entry.specification.name, entry.specification.version)
        (state, message) = (entry.state, entry.message)
        guard case .ready(let model) = entry.condition else { return }
        let description = model.classifier.description
        (architecture, classes) = (description.architecture, description.classes)
        displayNames = description.displayNames
        (inputSize, preprocessing) = (description.preprocessing.cropSize, description.preprocessing)
        (metrics, isMultiLabel) = (description.metrics, description.isMultiLabel)
        unknownThreshold = description.calibration?.unknownThreshold
        temperature = description.calibration?.temperature
        engine = model.summary
    }
}

/// The models as `/v1/models` lists them.
package struct ModelListAnswer: Encodable, Sendable {
    /// The models, in order.
    package let models: [ModelAnswer]
}

extension ModelRegistry {
    /// The description of all models.
    package var answers: ModelListAnswer { ModelListAnswer(models: all.map(ModelAnswer.init)) }

    /// Returns the description of a model, whether or not it is ready.
    ///
    /// - Throws: `ServingError` if no model has the name and version.
    package func answer(_ name: String?, version: String? = nil) throws(ServingError) -> ModelAnswer {
        ModelAnswer(try entry(name, version: version))
    }
}
