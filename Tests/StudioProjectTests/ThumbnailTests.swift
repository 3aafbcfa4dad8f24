import Images
import LibC
import Platform
import TestSupport
import Testing

@testable import StudioProject

@Suite struct ThumbnailTests {
    private struct Stop: Error {}

    @Test("A thumbnail is upright and at most 256 pixels wide and high, and a small photo keeps its size")
    func sizes() throws {
        let test = try TestProject([
            "lying.jpg": TestPhotos.lying(TestPhotos.sharp(width: 600, height: 400)),
            "small.png": TestPhotos.sharp(width: 40, height: 30).pngData(),
            "thin.png": TestPhotos.sharp(width: 2000, height: 2).pngData(),
        ])
        let thumbnails = try Thumbnails(project: test.project)
        func size(_ path: String) throws -> [Int] {
            let photo = try #require(try test.photo(path))
            let image = try Image(decoding: thumbnails.jpeg(of: photo.id))
            return [image.width, image.height]
        }
        #expect(try size("lying.jpg") == [171, 256])
        #expect(try size("small.png") == [40, 30])
        #expect(try size("thin.png") == [256, 1])
    }

    @Test("Making all thumbnails finds out sizes, checksums, and which photos can't be read and why")
    func facts() throws {
        let jpeg = try TestPhotos.sharp(width: 600, height: 400).jpegData()
        let test = try TestProject([
            "good.jpg": jpeg, "lying.jpg": TestPhotos.lying(TestPhotos.sharp(width: 60, height: 40)),
            "torn.jpg": Array(jpeg[..<(jpeg.count / 2)]), "page.jpg": Array("<html>".utf8), "gone.jpg": jpeg,
        ])
        try removeFile(test.folder.path("gone.jpg"))
        let thumbnails = try Thumbnails(project: test.project)
        let counts = Monitor<[[Int]]>([])
        try thumbnails.makeAll(workers: 2) { done, total in counts.withLock { $0.append([done, total]) } }
        #expect(counts.withLock { $0.first } == [0, 5])
        #expect(counts.withLock { $0.last } == [5, 5])

        let good = try #require(try test.photo("good.jpg"))
        #expect(good.state == .ok)
        #expect([good.width, good.height] == [600, 400])
        let digest = SHA256Digest()
        jpeg.withUnsafeBytes { digest.update($0) }
        #expect(good.digest == digest.finish())
        let lying = try #require(try test.photo("lying.jpg"))
        #expect([lying.width, lying.height] == [40, 60])
        for path in ["torn.jpg", "page.jpg"] {
            let photo = try #require(try test.photo(path))
            #expect(photo.state == .unreadable)
            #expect(photo.problem?.isEmpty == false)
            #expect(throws: ImageError.self) { try thumbnails.jpeg(of: photo.id) }
        }
        #expect(test.project.counts.missing == 1)
    }

    @Test("What was decoded once is not decoded again until its file changes")
    func kept() throws {
        let test = try TestProject(["1.jpg": TestPhotos.sharp(seed: 1).jpegData()])
        let photo = try #require(try test.photo("1.jpg"))
        let first = try Thumbnails(project: test.project)
        try first.makeAll()
        let jpeg = try first.jpeg(of: photo.id)
        let path = test.folder.path("1.jpg")
        try removeFile(path)
        let second = try Thumbnails(project: test.project)
        try second.makeAll { _, total in #expect(total == 0) }
        #expect(try second.jpeg(of: photo.id) == jpeg)
        try test.folder.write("1.jpg", TestPhotos.sharp(width: 500, seed: 2).jpegData())
        _ = try test.project.scan()
        #expect(try second.jpeg(of: photo.id) != jpeg)
        try second.makeAll()
        #expect(try test.photo("1.jpg")?.width == 500)
    }

    @Test("Work that is stopped keeps what is done, and goes on there")
    func stopped() throws {
        var files: [String: [UInt8]] = [:]
        for seed in 0..<6 { files["\(seed).jpg"] = try TestPhotos.sharp(seed: seed).jpegData() }
        let test = try TestProject(files)
        let thumbnails = try Thumbnails(project: test.project)
        #expect(throws: Stop.self) {
            try thumbnails.makeAll(workers: 1) { done, _ in if done >= 2 { throw Stop() } }
        }
        let done = try test.project.count(PhotoFilter(state: .ok))
        #expect((2...4).contains(done))
        try thumbnails.makeAll { made, total in #expect(total == 6 - done && made <= total) }
        #expect(try test.project.count(PhotoFilter(state: .ok)) == 6)
    }

    @Test("A thumbnail that somebody asked for is not made again by the work on all")
    func urgent() throws {
        let test = try TestProject(["1.jpg": TestPhotos.sharp().jpegData()])
        let thumbnails = try Thumbnails(project: test.project)
        let photo = try #require(try test.photo("1.jpg"))
        let jpegs = Monitor<[[UInt8]]>([])
        let threads = (0..<8).compactMap { _ in
            SystemThread {
                guard let jpeg = try? thumbnails.jpeg(of: photo.id) else { return }
                jpegs.withLock { $0.append(jpeg) }
            }
        }
        for thread in threads { thread.join() }
        #expect(Set(jpegs.withLock { $0 }).count == 1)
        #expect(jpegs.withLock { $0.count } == 8)
        // With another content but the same size and time, a second decoding would show.
        try overwriteKeepingTime(test.folder.path("1.jpg"))
        try thumbnails.makeAll()
        #expect(try test.photo("1.jpg")?.state == .ok)
        #expect(try thumbnails.jpeg(of: photo.id) == jpegs.withLock { $0[0] })
    }

    /// Replaces all bytes by zeros.
    private func overwriteKeepingTime(_ path: String) throws {
        var status = stat()
        #expect(stat(path, &status) == 0)
        let file = open(path, O_WRONLY)
        defer { close(file) }
        try writeAll([UInt8](repeating: 0, count: Int(status.st_size)), to: file)
        let times = [status.modificationTime, status.modificationTime]
        #expect(futimens(file, times) == 0)
    }

    @Test("Above the limit those that were not used for the longest time are dropped, and made again when needed")
    func limit() throws {
        var files: [String: [UInt8]] = [:]
        for seed in 0..<8 { files["\(seed).png"] = try TestPhotos.sharp(width: 120, height: 90, seed: seed).pngData() }
        let test = try TestProject(files)
        let ids = try test.project.ids(PhotoFilter())
        let size = try Thumbnails(project: test.project).jpeg(of: ids[0]).count
        let limit = size * 5
        let thumbnails = try Thumbnails(project: test.project, limit: limit)
        for id in ids {
            _ = try thumbnails.jpeg(of: id)
            // The first one is used all the time.
            _ = try thumbnails.jpeg(of: ids[0])
            #expect(thumbnails.cache.byteCount <= limit)
        }
        let photos = try test.project.photos(ids)
        #expect(thumbnails.cache.jpeg(of: photos[0]) != nil)
        #expect(thumbnails.cache.jpeg(of: photos[1]) == nil)
        #expect(thumbnails.cache.jpeg(of: photos[7]) != nil)
        #expect(try Image(decoding: thumbnails.jpeg(of: ids[1])).width == 120)
    }

    @Test("A damaged cache, one of another project and one of a newer version begin anew")
    func damaged() throws {
        let test = try TestProject(["1.jpg": TestPhotos.sharp().jpegData()])
        let photo = try #require(try test.photo("1.jpg"))
        let path = test.project.path(inside: "thumbnails.sqlite")
        let jpeg = try Thumbnails(project: test.project).jpeg(of: photo.id)
        func isKept() throws -> Bool {
            let thumbnails = try Thumbnails(project: test.project)
            let isKept = thumbnails.cache.jpeg(of: photo) != nil
            #expect(try thumbnails.jpeg(of: photo.id) == jpeg)
            return isKept
        }
        #expect(try isKept())
        try writeAtomically([UInt8](repeating: 7, count: 9000), to: path)
        #expect(try !isKept())
        #expect(try isKept())
        // In the middle, where it is seen only later.
        var bytes = try fileBytes(path)
        for place in 200..<bytes.count { bytes[place] = 0xAB }
        try writeAtomically(bytes, to: path)
        #expect(try !isKept())
        #expect(try isKept())
        try test.project.set(setting: "thumbnails", to: "\"other\"")
        #expect(try !isKept())
        #expect(try isKept())
        try Database(path: path).run("PRAGMA user_version = 1000")
        #expect(try !isKept())
        #expect(try isKept())
    }

    @Test("A read-only project gets thumbnails, and no file is written")
    func readOnly() throws {
        let test = try TestProject(["1.jpg": TestPhotos.sharp().jpegData(), "2.jpg": [1]])
        let names = try test.folder.names(in: ".apus").filter { $0.hasPrefix("thumb") }
        let reader = try Thumbnails(project: Project(at: test.folder.path, isReadOnly: true))
        #expect(try !reader.jpeg(of: #require(try test.photo("1.jpg")).id).isEmpty)
        #expect(throws: ImageError.self) { try reader.jpeg(of: #require(try test.photo("2.jpg")).id) }
        try reader.makeAll()
        #expect(throws: ProjectError.self) { try reader.addPhoto(named: "3.jpg", bytes: [1]) }
        #expect(names.isEmpty)
        #expect(try test.folder.names(in: ".apus").filter { $0.hasPrefix("thumb") } == names)
        #expect(try test.project.count(PhotoFilter(state: .new)) == 2)
    }

    @Test("The findings come from what was measured when the thumbnails were made")
    func findings() throws {
        var files: [String: [UInt8]] = [:]
        for seed in 0..<5 { files["\(seed).png"] = try TestPhotos.sharp(seed: seed).pngData() }
        files["dark.png"] = try TestPhotos.dark(TestPhotos.sharp()).pngData()
        files["tiny.png"] = try TestPhotos.sharp(width: 20, height: 10).pngData()
        let test = try TestProject(files)
        let thumbnails = try Thumbnails(project: test.project)
        #expect(try thumbnails.pixelFindings().isEmpty)
        try thumbnails.makeAll()
        let found = try thumbnails.pixelFindings().map { "\(try test.project.photo($0.photo).path) \($0.kind)" }
        #expect(found.sorted() == ["dark.png dark", "tiny.png tiny"])
    }

    @Test("A photo for the screen has the size that is asked for, is upright, and is never enlarged")
    func display() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("1.jpg", TestPhotos.lying(TestPhotos.sharp(width: 300, height: 200)))
        let reduced = try Image(decoding: displayJPEG(of: path, longestSide: 150))
        #expect([reduced.width, reduced.height] == [100, 150])
        let whole = try Image(decoding: displayJPEG(of: path, longestSide: 1600))
        #expect([whole.width, whole.height] == [200, 300])
    }
}
