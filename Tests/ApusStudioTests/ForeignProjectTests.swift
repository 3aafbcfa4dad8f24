import Foundation
import HTTPTypes
import Platform
import StudioProject
import TestSupport
import Testing

@testable import ApusStudio

/// A project that somebody else has made, or may have changed.
@Suite("Foreign projects") struct ForeignProjectTests {
    @Test("A secret of the cookie that others can read or have put there is replaced by a new one")
    func plantedSecret() throws {
        let folder = try TemporaryFolder()
        let project = try Project(at: folder.path, isDurable: false)
        let path = project.path(inside: "session")
        let secret = String(repeating: "a", count: 64)
        for mode in [0o600, 0o644] {
            try? removeFile(path)
            try writeAtomically(Array("\(secret)\n".utf8), to: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let session = StudioSession(project)
            #expect(session.admits([.cookie: "apus-studio-1=\(secret)"], port: 1) == (mode == 0o600))
            #expect(FilePath(path).isPrivate)
        }
        try removeFile(path)
        try folder.write("secret", Array("\(secret)\n".utf8))
        try folder.link(".apus/session", to: folder.path("secret"))
        #expect(!StudioSession(project).admits([.cookie: "apus-studio-1=\(secret)"], port: 1))
    }

    @Test("A setting names no file elsewhere as the features, and no features without numbers")
    func settingOfFeatures() throws {
        let folder = try TemporaryFolder()
        try folder.make("photos")
        try folder.write("victim.bin", [1, 2, 3])
        let project = try Project(at: folder.path("photos"), isDurable: false)
        try makeFolder(project.path(inside: "features-x"))
        for choice in [#"{"name":"x/../../../victim","dimension":8}"#, #"{"name":"a","dimension":0}"#] {
            try project.set(setting: "features.network", to: choice)
            let features = FeatureService(try StudioContext(project, executable: "/nowhere"))
            #expect(try features.store() == nil && features.progress == nil)
        }
        #expect(try fileBytes(folder.path("victim.bin")) == [1, 2, 3])
    }
}
