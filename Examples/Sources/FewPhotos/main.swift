// ResNet-18, pretrained on ImageNet, with few photos: its last layer alone is trained, and with more photos more of it.
//
//     few-photos PHOTOS RUN
//
// PHOTOS has a folder for each class, RUN is made, and takes the models. The same by the command:
//
//     apus train PHOTOS --model resnet18 --strategy auto --optimizer sgd --momentum 0.9 --epochs 5

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 2 else {
    print("usage: few-photos PHOTOS RUN")
    exit(2)
}

var configuration = TrainingConfiguration()
configuration.model = "resnet18"
// Few photos train the head, more the last stages, many everything; the plan's notes tell which, and why.
configuration.strategy = .auto
configuration.optimizer = .sgd
configuration.momentum = 0.9
configuration.epochs = 5

let run = try await ImageClassifier.train(on: arguments[0], configuration, directory: arguments[1]) { event in
    switch event {
    case .started(let plan): plan.notes.forEach { print($0) }
    case .epochEnded(let figures, _): print("epoch \(figures.epoch): accuracy \(figures.validationAccuracy)")
    default: break
    }
}
for finding in run.findings { print(finding) }
