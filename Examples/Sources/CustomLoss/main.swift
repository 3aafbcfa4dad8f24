// Trains a classifier with a custom loss and a custom metric, for classes of different sizes:
//
//     custom-loss IMAGES RUN [EPOCHS]
//
// IMAGES has a folder for each class. RUN is created and takes the models.

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2 else {
    print("usage: custom-loss IMAGES RUN [EPOCHS]")
    exit(2)
}

/// The focal loss: the better an image is classified, the less it counts (T.-Y. Lin et al., 2017, arXiv:1708.02002).
func focalLoss(gamma: Double) -> TrainingLoss {
    TrainingLoss("focal loss, gamma \(gamma)") { logits, targets in
        let logProbabilities = try logits.logSoftmax(dim: 1)
        let weights = try (1 - logProbabilities.exp()).pow(gamma)
        return try -(targets * weights * logProbabilities).sum(dim: 1).mean()
    }
}

do {
    var configuration = TrainingConfiguration()
    configuration.epochs = arguments.count > 2 ? Int(arguments[2]) ?? 5 : 5
    configuration.metric = .highest("balanced accuracy")

    let run = try await ImageClassifier.train(
        on: arguments[0], configuration, loss: focalLoss(gamma: 2), metrics: [BalancedAccuracy()],
        directory: arguments[1]
    ) { events in
        for await case .epochEnded(let metrics, let isBest) in events {
            let balanced = metrics.custom?["balanced accuracy"] ?? 0
            print("epoch \(metrics.epoch): balanced accuracy \(balanced)\(isBest ? ", the best so far" : "")")
        }
    }
    print("the best epoch is \(run.best.epoch): \(run.directory.best)")
} catch {
    print("error: \(error)")
    exit(1)
}
