internal import TorchVision

extension LogStart {
    /// What a run begins with, of its plan.
    init(_ plan: TrainingPlan, data: String, epochs: Int) {
        self.init(
            data: data, model: plan.model, strategy: plan.strategy.description, head: plan.head.description,
            classes: plan.classes, trainingPictures: plan.trainingPictures, validationPictures: plan.validationPictures,
            trainableParameters: plan.trainableParameters, parameters: plan.parameters, epochs: epochs,
            stepsPerEpoch: plan.stepsPerEpoch, device: plan.device, engine: plan.engine?.summary)
    }
}
