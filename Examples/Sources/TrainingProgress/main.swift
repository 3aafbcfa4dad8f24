// Trains a classifier and shows its progress:
//
//     training-progress IMAGES RUN
//
// IMAGES has a folder for each class. RUN is created and takes the models.

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 2 else {
    print("usage: training-progress IMAGES RUN")
    exit(2)
}

do {
    let configuration = TrainingConfiguration(model: "mobilenet_v2", epochs: 5)

    let run = try await ImageClassifier.train(on: arguments[0], configuration, directory: arguments[1]) { events in
        for await event in events {
            switch event {
            case .started(let plan):
                print("\(plan.trainingImages) images of \(plan.classes.count) classes")
            case .step(let progress):
                print("epoch \(progress.epoch), step \(progress.step) of \(progress.steps): loss \(progress.loss)")
            case .epochEnded(let metrics, let isBest):
                print(
                    "epoch \(metrics.epoch): accuracy \(metrics.validationAccuracy)\(isBest ? ", the best so far" : "")"
                )
            case .warning(let text):
                print("warning: \(text)")
            default:
                break
            }
        }
    }
    print("the best epoch is \(run.best.epoch): \(run.directory.best)")
} catch {
    print("error: \(error)")
    exit(1)
}
