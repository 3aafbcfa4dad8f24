internal import Apus
internal import ArgumentParser
internal import Foundation

/// The command `apus`.
@main
struct ApusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus",
        abstract: "Train, evaluate and use image classifiers.",
        discussion: """
            EXAMPLES
              apus train photos --model mobilenet_v2 --epochs 3
              apus compare runs/* --out curves.png
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos
              apus predict runs/mobilenet_v2-1/best.safetensors holiday.jpg
              apus predict resnet18 photos --format json

            Results go to standard output, everything else to standard error.
            """,
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, CompareCommand.self, EvaluateCommand.self, PredictCommand.self, ExplainCommand.self,
            ExportCommand.self, ModelsCommand.self, SummaryCommand.self, WeightsCommand.self, DataCommand.self,
        ])

    /// Exit status: 0 done, 1 something failed, 2 wrong use.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            switch exitCode(for: error) {
            case .success:
                exit(withError: error)
            case .validationFailure:
                Console.tell(fullMessage(for: error))
                Foundation.exit(2)
            default:
                Console.tell("apus: \(error)")
                Foundation.exit(1)
            }
        }
    }
}
