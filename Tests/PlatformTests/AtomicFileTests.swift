import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite("Atomic files") struct AtomicFileTests {
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("A file appears only after the commit") func commit() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "file").path
            try writeAtomically(Array("old".utf8), to: path)
            do {
                let file = try AtomicFile(path: path)
                try file.write(Array("new".utf8))
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
                try file.commit()
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
                #expect(throws: FileError.self) { try file.write([1]) }
            }
            #expect(try names(folder) == ["file"])
        }
    }

    @Test("A failure leaves the old file and nothing else") func failure() throws {
        struct Failure: Error {}
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "file").path
            try writeAtomically(Array("old".utf8), to: path)
            #expect(throws: Failure.self) {
                try writeAtomically(to: path) { file in
                    try file.write(Array("half".utf8))
                    throw Failure()
                }
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
            #expect(try names(folder) == ["file"])
        }
    }

    @Test("Writing keeps permissions and follows links") func permissionsAndLinks() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "file").path
            let link = folder.appending(path: "link").path
            try writeAtomically([1], to: file)
            #expect(chmod(file, 0o640) == 0)
            #expect(symlink("file", link) == 0)
            try writeAtomically([1, 2], to: link)
            #expect(try Data(contentsOf: URL(filePath: file)) == Data([1, 2]))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o640)
        }
    }

    @Test("Folders, devices and invalid paths are refused") func otherPaths() throws {
        try withTemporaryFolder { folder in
            #expect(throws: FileError.self) { try writeAtomically([1], to: folder.path) }
            #expect(throws: FileError.self) { try writeAtomically([1], to: folder.path + "/") }
            #expect(throws: FileError.self) { try writeAtomically([1], to: "") }
            #expect(throws: FileError.self) { try writeAtomically([1], to: "/dev/null") }
            let error = try #require(throws: FileError.self) {
                try writeAtomically([1], to: folder.appending(path: "none/file").path)
            }
            #expect(error.reason == "No such file or directory")
            #expect(error.advice.contains("folder"))
            #expect(try names(folder).isEmpty)
        }
    }

    @Test("Names of maximum length are written") func longNames() throws {
        try withTemporaryFolder { folder in
            let name = String(repeating: "é", count: 127)
            try writeAtomically([1], to: folder.appending(path: name).path)
            #expect(try names(folder).map(\.utf8.count) == [254])
            #expect(throws: FileError.self) {
                try writeAtomically([1], to: folder.appending(path: name + "éé").path)
            }
            #expect(try names(folder).count == 1)
        }
    }

    @Test("A mapped file survives its replacement") func mappedFile() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending(path: "file").path
            try writeAtomically(Array("bytes".utf8), to: path)
            let file = try MappedFile(path: path)
            // The reader keeps the old file.
            try writeAtomically([], to: path)
            #expect(file.withUnsafeBytes { Array($0) } == Array("bytes".utf8))
            #expect(try MappedFile(path: path).withUnsafeBytes { $0.count } == 0)
            #expect(mkfifo(folder.appending(path: "pipe").path, 0o600) == 0)
            let error = try #require(throws: FileError.self) {
                try MappedFile(path: folder.appending(path: "pipe").path)
            }
            #expect(error.reason == "it is not a regular file")
        }
    }
}
