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
              apus data labels photos --model resnet18
              apus data show photos --out sheet.png
              apus data transforms photos --file photos/cat/1.jpg --out steps.png
            """,
        subcommands: [
            DataCheckCommand.self, DataLabelsCommand.self, DataShowCommand.self, DataTransformsCommand.self,
        ])
}
