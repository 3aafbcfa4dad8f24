// ResNet-18, pretrained on ImageNet, with few photos: only its last layer is trained. With more photos more is trained.
//
//     few-photos PHOTOS RUN
//
// PHOTOS has a folder for each class. RUN is created and takes the models. The same with the command:
//
//     apus train PHOTOS --model resnet18 --strategy auto --optimizer sgd --momentum 0.9 --epochs 5

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 2 else {
    print("usage: few-photos PHOTOS RUN")
    exit(2)
}

do {
    let configuration = TrainingConfiguration(
        model: "resnet18", epochs: 5,
        // Few photos train the head, more photos the last stages, many everything. The notes of the plan report the
        // choice.
        network: .init(strategy: .auto),
        optimizer: .init(.sgd, momentum: 0.9))

    let run = try await ImageClassifier.train(on: arguments[0], configuration, directory: arguments[1]) { events in
        for await event in events {
            switch event {
            case .started(let plan): plan.notes.forEach { print($0) }
            case .epochEnded(let metrics, _): print("epoch \(metrics.epoch): accuracy \(metrics.validationAccuracy)")
            default: break
            }
        }
    }
    for finding in run.findings { print(finding) }
} catch {
    print("error: \(error)")
    exit(1)
}
