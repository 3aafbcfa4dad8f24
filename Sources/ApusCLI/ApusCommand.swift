internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// Where the process begins: on its first thread, before anything needs another.
@main
enum Main {
    static func main() {
        ApusCommand.keepStandardStreams()
        guard ThreadSupply.available >= ThreadSupply.needed else {
            Console.tell(
                "apus: the system lets this process start no more than \(counted(ThreadSupply.available, "thread")), and "
                    + "\(ThreadSupply.needed) are needed; raise the limit (ulimit -u, or the container's number of "
                    + "processes), or end other programs")
            exit(1)
        }
        guard AddressSpace.available >= AddressSpace.needed else {
            Console.tell(
                "apus: the system leaves this process \(AddressSpace.available >> 20) MiB of address space, and "
                    + "\(AddressSpace.needed >> 20) are needed; raise the limit (ulimit -v)")
            exit(1)
        }
        if ThreadSupply.isScarce {
            try? LibTorch.setThreadCount(1)
            // One heap for all threads: each of its own reserves 64 MB of address space.
            LibTorch.keepFreedMemory()
        }
        // Detached, as a task of the main actor would wait for this thread.
        Task.detached { await ApusCommand.main() }
        // `main` ends the process. The first thread waits, as the process's entries in /proc are its.
        while true { sleep(.max) }
    }
}

/// The command `apus`.
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
        version: Versions.apus,
        subcommands: [
            TrainCommand.self, CompareCommand.self, EvaluateCommand.self, CalibrateCommand.self, PredictCommand.self,
            ExplainCommand.self, EmbedCommand.self, ExportCommand.self, ModelsCommand.self, SummaryCommand.self,
            WeightsCommand.self, DataCommand.self, TryModelCommand.self,
        ])

    /// Runs the command and ends the process. Exit status: 0 done, 1 something failed, 2 wrong use.
    static func main() async -> Never {
        // As the system has them: what is not UTF-8 would be replaced elsewhere.
        let arguments = (1..<max(1, Int(CommandLine.argc))).compactMap { place in
            CommandLine.unsafeArgv[place].map { String(fileName: $0) }
        }
        // ONNX files are tried in another process first: one of this very program.
        ModelTrial.executable = Bundle.main.executablePath
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Foundation.exit(0)
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            switch exitCode(for: error) {
            case .success:
                exit(withError: error)
            case .validationFailure:
                // What the user wrote may hold ends of lines, which are not those of the message.
                let message = arguments.filter { $0.printable != $0 }.reduce(fullMessage(for: error)) {
                    $0.replacing($1, with: $1.printable)
                }
                Console.tell(lines: message)
                Foundation.exit(2)
            default:
                // Of all errors these have several lines: the addresses that were tried, the place in a text.
                let hasLines = error is WeightsError || error is NotationError || error is ModelReferenceError
                let text = "apus: \(Hints.text(of: error))"
                if hasLines { Console.tell(lines: text) } else { Console.tell(text) }
                Foundation.exit(1)
            }
        }
    }

    /// Takes the places of standard streams that are closed, or the first file that is opened would be one of them. What
    /// stands there fails as a closed one does.
    fileprivate static func keepStandardStreams() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) == -1 {
            // The system gives the lowest number that is free, and those below are taken by now.
            _ = open("/dev/null", flags)
        }
    }
}
