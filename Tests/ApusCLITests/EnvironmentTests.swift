import Foundation
import TestSupport
import Testing

/// What the user's own machine holds does not matter to tests, and tests leave nothing there.
@Suite struct EnvironmentTests {
    @Test("Tests and the commands they run have a home of their own, and none of the user's settings")
    func ownHome() throws {
        let environment = ProcessInfo.processInfo.environment
        let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        let home = URL(filePath: try #require(environment["HOME"])).resolvingSymlinksInPath().path
        #expect(home.hasPrefix(temporary + "/"))
        for name in ["XDG_CACHE_HOME", "TORCH_HOME", "APUS_WEIGHTS_MIRROR", "APUS_OPENVINO", "COLUMNS"] {
            #expect(environment[name] == nil, "\(name)")
        }
        let list = try Command("weights", "list")
        #expect(list.status == 0 && list.talk.contains("/.cache/torch/hub/checkpoints holds no weights"))
        #expect(!FileManager.default.fileExists(atPath: nowhere))
    }
}
