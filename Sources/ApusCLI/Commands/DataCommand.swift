internal import ArgumentParser

/// `apus data`
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at pictures before training on them.",
        discussion: """
            EXAMPLES
              apus data check photos
              apus data check photos --fix photos/clean.csv
            """,
        subcommands: [DataCheckCommand.self])
}
