// Trains a classifier of drawn shapes: a custom dataset, a custom transform and a custom training loop. The result is a
// model file like any other.
//
//     shapes MODEL.safetensors [EPOCHS]

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard let path = arguments.first else {
    print("usage: shapes MODEL.safetensors [EPOCHS]")
    exit(2)
}

let architecture = Architecture("shapes", preprocessing: .imageNet(resizeShortSide: 32, cropSize: 32)) { classes in
    Sequential(
        try Conv2d(3, 16, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(2),
        try Conv2d(16, 32, kernelSize: 3, padding: 1), ReLU(), AdaptiveAvgPool2d(1), Flatten(),
        try Linear(32, classes))
}

do {
    let classifier = try await train(architecture, epochs: arguments.count > 1 ? Int(arguments[1]) ?? 10 : 10)
    try await classifier.save(to: path)

    let saved = try await ImageClassifier(contentsOf: path, network: architecture)
    let prediction = try await saved.predict(ShapeDataset(count: 1, seed: 9).image(at: 0, options: .init()))
    print("a circle is a \(prediction.label), \(prediction.probability)")
} catch {
    print("error: \(error)")
    exit(1)
}

/// Trains a network on drawn shapes. Tensors stay on the actor's thread.
@ComputeActor
func train(_ architecture: Architecture, epochs: Int) async throws -> ImageClassifier {
    let dataset = ShapeDataset(count: 600, seed: 1)
    let preprocessing = architecture.preprocessing
    let loader = DataLoader(
        dataset, transforms: [Noise()], height: 32, width: 32, batchSize: 32, order: .shuffled)

    let network = try architecture.makeNetwork(classes: dataset.classNames.count)
    let optimizer = AdamW(network.parameters, learningRate: 0.003)
    for epoch in 0..<epochs {
        network.train()
        var losses: [Double] = []
        let batches = loader.batches(epoch: epoch)
        while let batch = try batches.next() {
            let logits = try network(preprocessing.normalized(Tensor(batch)))
            let loss = try crossEntropy(logits, Tensor(batch.labels))
            try optimizer.zeroGradients()
            try loss.backward()
            try clipGradients(network.parameters, norm: 1)
            try optimizer.step()
            losses.append(try loss.item())
        }
        print("epoch \(epoch + 1): loss \(losses.reduce(0, +) / Double(losses.count))")
    }

    network.eval()
    let description = ModelDescription(
        architecture: architecture.name, classes: dataset.classNames, preprocessing: preprocessing)
    let classifier = ImageClassifier(description, network)
    let evaluation = try await classifier.evaluate(ShapeDataset(count: 300, seed: 2))
    print("accuracy \(evaluation.top1)")
    return classifier
}
