internal import Apus
internal import ArgumentParser
internal import Foundation
internal import Inference

/// `apus try-model`: opens an ONNX file, in a process of its own that may die of it. `ModelTrial` runs it.
struct TryModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "try-model", shouldDisplay: false)

    @Argument
    var file: String

    @Argument
    var shares: String

    func run() async throws {
        let numbers = shares.split(separator: ",").compactMap { Int($0) }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("'\(shares)' is not BATCH,STREAMS,THREADS.")
        }
        ModelTrial.executable = nil
        do {
            try await ImageClassifier.tryModel(
                file, InferenceShares(batchSize: numbers[0], streams: numbers[1], threads: numbers[2]))
        } catch {
            try Console.write("\(error)")
            throw ExitCode(1)
        }
    }
}
