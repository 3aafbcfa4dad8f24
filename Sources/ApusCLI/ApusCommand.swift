internal import Apus
internal import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import Torch
internal import TorchVision

/// The entry point. It runs on the first thread, before any other thread is needed.
@main
enum Main {
    static func main() {
        ApusCommand.keepStandardStreams()
        // All other threads block signals, so this one receives them.
        unblock([SIGHUP, SIGINT, SIGTERM])
        guard ThreadSupply.available >= ThreadSupply.needed else {
            Console.message(
                "apus: this process may start only \(counted(ThreadSupply.available, "thread")) but needs "
                    + "\(ThreadSupply.needed); raise the limit (ulimit -u, or the container's limit on processes) or "
                    + "close other programs")
            exit(1)
        }
        guard AddressSpace.available >= AddressSpace.needed else {
            Console.message(
                "apus: this process has only \(AddressSpace.available >> 20) MiB of address space but needs "
                    + "\(AddressSpace.needed >> 20) MiB; raise the limit (ulimit -v)")
            exit(1)
        }
        if ThreadSupply.isScarce {
            try? LibTorch.setThreadCount(1)
            // One heap for all threads: a heap per thread reserves 64 MB of address space each.
            LibTorch.keepFreedMemory()
        }
        // Detached, because a task of the main actor would wait for this thread.
        Task.detached { await ApusCommand.main() }
        // `main` ends the process. The first thread waits, because the process's entries in /proc belong to it.
        while true { sleep(.max) }
    }
}

/// The command `apus`.
struct ApusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus",
        abstract: "Train, evaluate, use and serve image classifiers.",
        discussion: """
            EXAMPLES
              apus train photos --model mobilenet_v2 --epochs 3
              apus compare runs/* --out curves.png
              apus evaluate runs/mobilenet_v2-1/best.safetensors photos
              apus predict runs/mobilenet_v2-1/best.safetensors holiday.jpg
              apus predict resnet18 photos --format json
              apus serve runs/mobilenet_v2-1/best.safetensors
              apus studio photos

            Results are written to standard output, messages to standard error.

            Exit status: 0 for success; 1 for a failure, also if predict, explain, embed or data labels can't read \
            some of the images, or if data check or weights verify finds problems; 2 for invalid usage; 130 after \
            Ctrl-C, 143 after SIGTERM and 129 after the terminal was closed, but 0 if serve or studio was stopped in order. \
            docs/formats.md describes the output and the files of all commands.
            """,
        version: apusVersion,
        subcommands: [
            TrainCommand.self, CompareCommand.self, EvaluateCommand.self, CalibrateCommand.self, PredictCommand.self,
            ExplainCommand.self, EmbedCommand.self, ExportCommand.self, ModelsCommand.self, SummaryCommand.self,
            WeightsCommand.self, DataCommand.self, BenchCommand.self, ServeCommand.self, StudioCommand.self,
            TryModelCommand.self,
        ])

    /// Runs the command and ends the process. Exit status: 0 for success, 1 for a failure, 2 for invalid usage. A
    /// signal ends the process with the status that a shell reports for it, 128 plus its number.
    static func main() async -> Never {
        let arguments = GivenFlags.arguments
        // ONNX files are first tried in another process, which runs this program.
        ModelTrial.executable = executablePath
        if getpid() == 1 { [SIGINT, SIGTERM].forEach(endAtSignal) }
        if let message = Suggestions.unknownCommand(arguments, in: Self.self) {
            Console.message(lines: message)
            Foundation.exit(2)
        }
        do {
            var command = try parseAsRoot(GivenFlags.renamed(arguments))
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
                // Arguments may contain line breaks, which are not line breaks of the message.
                let text = Suggestions.completing(fullMessage(for: error))
                let message = arguments.filter { $0.printable != $0 }.reduce(text) {
                    $0.replacing($1, with: $1.printable)
                }
                Console.message(lines: message)
                Foundation.exit(2)
            default:
                // Only these errors have several lines: the URLs that were tried, the position in a text.
                let hasLines = error is WeightsError || error is NotationError || error is ModelReferenceError
                let text = "apus: \(Hints.text(of: error))"
                if hasLines { Console.message(lines: text) } else { Console.message(text) }
                Foundation.exit(1)
            }
        }
    }

    /// Opens /dev/null for each standard stream that is closed, so that the next file that is opened does not become a
    /// standard stream. Reads and writes fail as on a closed stream.
    fileprivate static func keepStandardStreams() {
        for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) == -1 {
            // The system returns the lowest free descriptor, and all lower ones are in use by now.
            _ = open("/dev/null", flags)
        }
    }
}
