internal import ArgumentParser
internal import Torch

/// `apus-bench`: measures parts of Apus for comparison with the same parts of its peers. Each command prints one line
/// of JSON.
@main
struct ApusBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-bench",
        abstract: "Measures parts of Apus; Benchmarks/run compares them with those of peers.",
        subcommands: [ForwardCommand.self, LoaderCommand.self])

    static func main() async {
        LibTorch.keepFreedMemory()
        await main(nil)
    }
}
