extension LogStart {
    /// What a plan says.
    init(_ plan: TrainingPlan) {
        self.init(
            data: plan.data, model: plan.model,
            strategy: plan.phases.map { "\($0.strategy)" }.joined(separator: ", then "), head: "\(plan.head)",
            classes: plan.classes, isMultiLabel: plan.isMultiLabel, trainingPictures: plan.trainingPictures,
            validationPictures: plan.validationPictures,
            trainableParameters: plan.trainableParameters, parameters: plan.parameters, epochs: plan.epochs,
            stepsPerEpoch: plan.stepsPerEpoch, device: plan.device)
    }
}
