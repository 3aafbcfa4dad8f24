// Predicts every image of a folder with a trained ResNet-18, one by one:
//
//     ants-and-bees MODEL.safetensors IMAGES SHEET.png
//
// It prints number, name and time of each image, then the device and the times in total, and draws sheets of the images
// with their predictions. The same with the command:
//
//     apus predict MODEL.safetensors IMAGES --batch-size 1 --sheet SHEET.png

import Apus
import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 3 else {
    print("usage: ants-and-bees MODEL.safetensors IMAGES SHEET.png")
    exit(2)
}

do {
    let classifier = try await ImageClassifier(contentsOf: arguments[0])
    let input = try ImageInput(paths: [arguments[1]])
    let sheets = PredictionSheets(path: arguments[2], input: input, classifier: classifier)
    let began = ContinuousClock.now
    for index in 0..<input.images.count {
        let path = input.images.name(at: index)
        do {
            let prediction = try await classifier.predict(path)
            print("\(index + 1)  \(path)  \(prediction.label)  \(prediction.duration)")
            try sheets.add(.prediction(prediction))
        } catch let error as ApusError {
            print("\(index + 1)  \(error)")
        }
    }
    let time = ContinuousClock.now - began
    print("device \(classifier.deviceDescription), total \(time), mean \(time / max(1, input.images.count))")
    print("sheets: \(try sheets.finish())")
} catch {
    print("error: \(error)")
    exit(1)
}
