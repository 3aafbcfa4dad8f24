import Foundation
import Inference
import Torch
import TorchVision

// Images of two colors for the example, in the given folder.
if let folder = CommandLine.arguments.dropFirst().first {
    for (name, level) in [("dark", UInt8(30)), ("light", 220)] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        for number in 0..<5 {
            let color = RGBColor(red: level, green: level, blue: 90)
            let image = Image(width: 300 + number, height: 300, filledWith: color)
            try Data(image.pngData()).write(to: URL(filePath: "\(folder)/\(name)/\(number).png"))
        }
    }
}

/// scripts/checks/consumer expects "12.0 2x1 1", from LibTorch, the image library and the OpenVINO loader.
let sum = try Tensor.ones([3, 4]).sum()
let image = Image(width: 2, height: 1, pixels: [255, 0, 0, 0, 0, 255])
print(try sum.item(as: Double.self), "\(image.width)x\(image.height)", InferenceShares.latency().batchSize)
