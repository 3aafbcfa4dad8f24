internal import ArgumentParser
internal import Torch

/// `apus-bench`: parts of Apus by themselves, for comparison with the same parts of others. Each command prints one
/// line of JSON.
@main
struct ApusBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-bench",
        abstract: "Times parts of Apus by themselves; Benchmarks/run compares them with others'.",
        subcommands: [ForwardCommand.self, LoaderCommand.self])

    static func main() async {
        LibTorch.keepFreedMemory()
        await main(nil)
    }
}
