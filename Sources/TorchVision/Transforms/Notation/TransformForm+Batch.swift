extension TransformForm {
    /// What mixes whole batches.
    static let mixing: [TransformForm] = [
        TransformForm(["mixup"], ["alpha: 0.2"]) { arguments in
            TransformStep(BatchMix.mixup(try arguments.number("alpha", in: alphas, otherwise: 0.2)))
        },
        TransformForm(["cutmix"], ["alpha: 1"]) { arguments in
            TransformStep(BatchMix.cutmix(try arguments.number("alpha", in: alphas, otherwise: 1)))
        },
    ]

    private static let alphas = 0.001...1000.0
}
