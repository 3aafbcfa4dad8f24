internal import ArgumentParser
internal import Torch
internal import TorchNN

/// `apus-count operations`: many small operators, so that the overhead of a call exceeds its computation.
struct OperationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "Trains a tiny network for some steps, on one thread.")

    @Option(help: "Number of steps.")
    var steps = 100

    func run() throws {
        try LibTorch.setThreadCount(1)
        try RandomState.seed(0)
        let network = Sequential(try Linear(8, 16), ReLU(), try Linear(16, 4))
        let optimizer = SGD(network.parameters, learningRate: 0.1, momentum: 0.9)
        let input = try Tensor.randn([16, 8])
        let targets = try Tensor((0..<16).map { $0 % 4 })
        var last: Float = 0
        for _ in 0..<steps {
            let loss = try crossEntropy(network(input), targets)
            try optimizer.zeroGradients()
            try loss.backward()
            try optimizer.step()
            last = try loss.item(as: Float.self)
        }
        print("\(steps) steps, loss \(last)")
    }
}
