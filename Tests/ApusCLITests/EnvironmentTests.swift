import Foundation
import TestSupport
import Testing

/// Tests do not depend on the user's files and leave none behind.
@Suite("Environment of the tests") struct EnvironmentTests {
    @Test("Tests and the commands that they run use a separate home and no user settings")
    func ownHome() throws {
        let environment = ProcessInfo.processInfo.environment
        let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        let home = URL(filePath: try #require(environment["HOME"])).resolvingSymlinksInPath().path
        #expect(home.hasPrefix(temporary + "/"))
        for name in ["XDG_CACHE_HOME", "TORCH_HOME", "APUS_WEIGHTS_MIRROR", "APUS_OPENVINO", "COLUMNS"] {
            #expect(environment[name] == nil, "\(name)")
        }
        let list = try Command("weights", "list")
        #expect(list.status == 0 && list.messages.contains("/.cache/torch/hub/checkpoints."))
        #expect(!FileManager.default.fileExists(atPath: nowhere))
    }
}
