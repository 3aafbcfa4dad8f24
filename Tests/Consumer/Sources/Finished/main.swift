// Predicts an image with a finished classifier, an ONNX file: of Apus it uses the half without LibTorch alone.

import Classifier

let arguments = CommandLine.arguments
let classifier = try await ImageClassifier(contentsOf: arguments[1])
let prediction = try await classifier.predict(arguments[2])
print(prediction.label)
