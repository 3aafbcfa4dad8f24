// AlexNet, pretrained on ImageNet, as a fixed feature extractor: its last layer alone learns to tell dogs from cats.
//
//     dogs-and-cats PHOTOS RUN IMAGE
//
// PHOTOS is one folder of cat.9586.jpg, dog.1328.jpg and so on. RUN is created and takes the models. The same with the
// command:
//
//     apus train PHOTOS --model alexnet --strategy frozen --epochs 2 --schedule step:1,0.5 --print-every 100 \
//         --train-transforms 'resize(256), randomCrop(224), flip(0.5)'

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 3 else {
    print("usage: dogs-and-cats PHOTOS RUN IMAGE")
    exit(2)
}
let (photos, folder, image) = (arguments[0], arguments[1], arguments[2])

do {
    let transforms = try TransformList("resize(256), randomCrop(224), flip(0.5)")
    let configuration = TrainingConfiguration(
        model: "alexnet", epochs: 2, network: .init(strategy: .frozen),
        data: .init(trainingTransforms: transforms, batchSize: 64),
        optimizer: .init(.adam, learningRate: 0.001, schedule: .step(every: 1, factor: 0.5)),
        output: .init(printEvery: 100))

    let run = try await ImageClassifier.train(on: photos, configuration, directory: folder) { events in
        for await event in events {
            switch event {
            case .batches(let metrics): print("batch \(metrics.batch): loss \(metrics.loss)")
            case .epochEnded(let metrics, _): print("epoch \(metrics.epoch): accuracy \(metrics.validationAccuracy)")
            default: break
            }
        }
    }
    for finding in run.findings { print(finding) }

    let classifier = try await ImageClassifier(contentsOf: run.directory.best)
    let prediction = try await classifier.predict(image)
    print("\(image): \(prediction.label), \(prediction.probability)")
} catch {
    print("error: \(error)")
    exit(1)
}
