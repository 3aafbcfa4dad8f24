import Foundation
import TestSupport
import Testing

/// Each exit status is in the table of `docs/formats.md`.
@Suite("Exit status", .serialized) struct ExitStatusTests {
    @Test(
        "Success is 0, a failure 1, invalid usage 2",
        arguments: [
            (["--version"], 0), (["--help"], 0), (["help", "data", "check"], 0), (["data"], 0), (["models"], 0),
            (["summary", "small_cnn"], 0), (["predict", "MODEL", "PHOTOS/red/0.png"], 0),
            (["predict", "MODEL", "PHOTOS/none.png"], 1), (["explain", "MODEL", "PHOTOS/none.png"], 1),
            (["embed", "MODEL", "PHOTOS/none", "--out", "f.csv"], 1), (["evaluate", "MODEL", "PHOTOS/none"], 1),
            (["data", "check", "PHOTOS/none"], 1), (["compare", "PHOTOS"], 1), (["export", "PHOTOS/none.pth"], 1),
            (["summary", "resnet81"], 1), (["predict"], 2), (["predict", "MODEL"], 2), (["nothing"], 2),
            (["help", "nothing"], 2), (["data", "nothing"], 2), (["models", "--format", "csv"], 2),
            (["compare", "PHOTOS", "--dark"], 2),
        ] as [([String], Int32)])
    func statuses(arguments: [String], expected: Int32) throws {
        let (model, photos) = (try TrainedRun.model, try TrainedRun.photos)
        let arguments = arguments.map { $0.replacing("MODEL", with: model).replacing("PHOTOS", with: photos) }
        let command = try Command(arguments: arguments)
        #expect(command.status == expected, "\(arguments): \(command.messages)")
        if expected != 0 { #expect(command.output == "" && !command.messages.isEmpty) }
    }
}
