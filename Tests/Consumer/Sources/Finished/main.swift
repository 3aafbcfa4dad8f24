// Predicts an image with an ONNX file or a model file. It uses only the half of Apus without LibTorch.

import Classifier

let arguments = CommandLine.arguments
let classifier = try await ImageClassifier(contentsOf: arguments[1])
let prediction = try await classifier.predict(arguments[2])
print(prediction.label)
