// Answers requests as the handler of a web server does: the bytes of an image in, JSON out. It needs no LibTorch.
//
//     prediction-handler MODEL IMAGE
//
// MODEL is the model file of a training run, such as best.safetensors. Examples/Server is a complete server.

import Classifier
import Foundation

/// Predicts the image in the body of a request. Many requests may call it at the same time.
struct PredictionHandler {
    let classifier: ImageClassifier

    /// Takes the bytes of an image file, and returns the most probable classes as JSON.
    func handle(body: Data) async throws -> Data {
        let prediction = try await classifier.predict(body)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(prediction)
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 2 else {
    print("usage: prediction-handler MODEL IMAGE")
    exit(2)
}
do {
    let handler = PredictionHandler(classifier: try await ImageClassifier(contentsOf: arguments[0]))
    let response = try await handler.handle(body: Data(contentsOf: URL(filePath: arguments[1])))
    print(String(decoding: response, as: UTF8.self))
} catch {
    print("error: \(error)")
    exit(1)
}
