// Trains a small network to read digits: a training loop with a custom loss and a custom metric.
//
//     digits FOLDER [EPOCHS]
//
// FOLDER holds the four files of MNIST or of Fashion-MNIST.

import Foundation
import TorchVision

let arguments = Array(CommandLine.arguments.dropFirst())
guard let folder = arguments.first else {
    print("usage: digits FOLDER [EPOCHS]")
    exit(2)
}
let epochs = arguments.count > 1 ? Int(arguments[1]) ?? 3 : 3

do {
    let training = try DataLoader(
        MNIST(path: folder, part: .training), transforms: [], height: 28, width: 28, batchSize: 64, order: .shuffled)
    let test = try DataLoader(MNIST(path: folder, part: .test), transforms: [], height: 28, width: 28, batchSize: 256)

    try RandomState.seed(0)
    let network = try DigitNetwork()
    let optimizer = AdamW(network.parameters)
    let schedule = LearningRate(.oneCycle(), initial: 0.003, epochs: epochs, stepsPerEpoch: training.batchCount)
    var step = 0

    for epoch in 0..<epochs {
        network.train()
        let batches = training.batches(epoch: epoch)
        while let batch = try batches.next() {
            let loss = try focalLoss(network(Tensor(batch)), Tensor(batch.labels))
            try optimizer.zeroGradients()
            try loss.backward()
            optimizer.setLearningRate(schedule.rate(step: step))
            try optimizer.step()
            step += 1
        }

        network.eval()
        let recall = try MeanRecall(classCount: 10)
        let testBatches = test.batches()
        try withInferenceMode {
            while let batch = try testBatches.next() {
                try recall.add(network(Tensor(batch)).argmax(dim: 1), Tensor(batch.labels))
            }
        }
        print("epoch \(epoch + 1): mean recall \(try recall.value)")
    }
    try Checkpoint(of: network).writePyTorch(to: "digits.pth")
} catch {
    print("error: \(error)")
    exit(1)
}
