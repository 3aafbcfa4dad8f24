// Trains a custom network from scratch on a folder of photos, and predicts one of them:
//
//     animals PHOTOS RUN IMAGE [EPOCHS]
//
// PHOTOS has a folder for each class. RUN is created and takes the models. `animals.network` next to this package
// describes the same network for the command `apus`, which needs no program.

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else {
    print("usage: animals PHOTOS RUN IMAGE [EPOCHS]")
    exit(2)
}
let (photos, folder, image) = (arguments[0], arguments[1], arguments[2])

let animals = Architecture("animals", preprocessing: .imageNet(resizeShortSide: 300, cropSize: 256)) { classes in
    try AnimalsCNN(classes: classes)
}

do {
    let transforms = try TransformList("flip(0.3), rotation(40), resize(300), centerCrop(256)")
    let configuration = TrainingConfiguration(
        epochs: arguments.count > 3 ? Int(arguments[3]) ?? 50 : 50,
        data: .init(trainingTransforms: transforms, batchSize: 16),
        optimizer: .init(learningRate: 0.0001), output: .init(keepEvery: 10, printEvery: 200, validatesFirst: true))

    let run = try await ImageClassifier.train(on: photos, configuration, network: animals, directory: folder) {
        events in
        for await event in events {
            switch event {
            case .initialValidation(let metrics):
                print("epoch 0: validation loss \(metrics.validationLoss), accuracy \(metrics.validationAccuracy)")
            case .batches(let metrics):
                print("batch \(metrics.batch): loss \(metrics.loss), accuracy \(metrics.accuracy), \(metrics.duration)")
            case .epochEnded(let metrics, _):
                print("epoch \(metrics.epoch): loss \(metrics.trainingLoss), accuracy \(metrics.validationAccuracy)")
            default: break
            }
        }
    }

    let classifier = try await ImageClassifier(contentsOf: run.directory.best, network: animals)
    let prediction = try await classifier.predict(image)
    print("\(image): \(prediction.label), \(prediction.probability)")
} catch {
    print("error: \(error)")
    exit(1)
}
