internal import ArgumentParser

/// `apus-count`: small deterministic workloads for counting instructions; see Benchmarks/guard.
///
/// Nothing here is asynchronous: Swift's concurrency starts threads that valgrind does not support.
@main
struct ApusCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-count", abstract: "Runs small fixed workloads whose instructions Benchmarks/guard counts.",
        subcommands: [OperationsCommand.self, ImagesCommand.self])
}
