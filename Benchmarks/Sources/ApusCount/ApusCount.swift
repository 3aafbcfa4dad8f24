internal import ArgumentParser

/// `apus-count`: small works that always do the same, for counting instructions; see Benchmarks/guard.
///
/// Nothing here is asynchronous: Swift's concurrency starts threads of which valgrind makes nothing.
@main
struct ApusCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-count", abstract: "Does small fixed works, whose instructions Benchmarks/guard counts.",
        subcommands: [OperationsCommand.self, PicturesCommand.self])
}
