// VGG-16's features, pretrained on ImageNet and frozen, with a custom head for 102 kinds of flowers.
//
//     flowers PHOTOS RUN
//
// PHOTOS has a folder for each kind. RUN is created and takes the models. The same with the command:
//
//     apus train PHOTOS --model vgg16 --strategy frozen --head 4096,relu,dropout:0.5,512,relu,dropout:0.5 --epochs 10

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 2 else {
    print("usage: flowers PHOTOS RUN")
    exit(2)
}

do {
    // The layer to the classes is added after these.
    let head = Head([.linear(4096), .relu, .dropout(0.5), .linear(512), .relu, .dropout(0.5)])
    let configuration = TrainingConfiguration(
        model: "vgg16", epochs: 10, network: .init(head: head, strategy: .frozen))

    let run = try await ImageClassifier.train(on: arguments[0], configuration, directory: arguments[1]) { events in
        for await case .epochEnded(let metrics, let isBest) in events {
            print("epoch \(metrics.epoch): accuracy \(metrics.validationAccuracy)\(isBest ? ", the best so far" : "")")
        }
    }
    for finding in run.findings { print(finding) }
} catch {
    print("error: \(error)")
    exit(1)
}
