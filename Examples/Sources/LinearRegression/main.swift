// Fits a line to noisy points with tensors and their gradients:
//
//     linear-regression

import Torch

try RandomState.seed(0)
let x = try Tensor.linspace(-1, 1, steps: 100)
let noise = try Tensor.randn([100]) * 0.1
let y = try x * 3 + 2 + noise

let slope = try Tensor(0.0, dtype: .float32).requiresGradient(true)
let intercept = try Tensor(0.0, dtype: .float32).requiresGradient(true)
let parameters = [slope, intercept]
let learningRate = 0.1

for step in 1...200 {
    let loss = try (slope * x + intercept - y).square().mean()
    try loss.backward()
    try withoutGradient {
        for parameter in parameters {
            if let gradient = parameter.gradient { try parameter -= gradient * learningRate }
            try parameter.setGradient(nil)
        }
    }
    if step % 50 == 0 { print("step \(step): loss \(try loss.item(as: Float.self))") }
}
print("y = \(try slope.item(as: Float.self)) x + \(try intercept.item(as: Float.self))")
