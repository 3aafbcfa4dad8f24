import Images
import Platform
import TestSupport
import Testing

@testable import StudioProject

@Suite struct DroppedPhotoTests {
    @Test("A dropped photo is in the project, decoded, with its thumbnail and its class")
    func added() throws {
        let test = try TestProject()
        let thumbnails = try Thumbnails(project: test.project)
        let jpeg = try TestPhotos.sharp(width: 320, height: 200).jpegData()
        let (photo, isNew) = try thumbnails.addPhoto(named: "../../a b.jpg", bytes: jpeg, className: "ant")
        #expect(isNew)
        #expect(photo.state == .ok)
        #expect([photo.width, photo.height] == [320, 200])
        #expect(photo.path.hasPrefix(".apus/photos/"))
        #expect(test.project.classes.map(\.name) == ["ant"])
        #expect(photo.classID == test.project.classes.first?.id)
        #expect(thumbnails.cache.jpeg(of: photo) != nil)
        #expect(try fileBytes(test.project.absolutePath(of: photo)) == jpeg)
        let next = try thumbnails.addPhoto(named: "b.jpg", bytes: TestPhotos.sharp().jpegData(), className: "ant")
        #expect(next.photo.classID == photo.classID)
        #expect(test.project.classes.count == 1)
    }

    @Test("The same bytes again are the photo that is there: restored, and labeled if it was not")
    func twice() throws {
        let jpeg = try TestPhotos.sharp().jpegData()
        let test = try TestProject(["mine/1.jpg": jpeg])
        let thumbnails = try Thumbnails(project: test.project)
        try thumbnails.makeAll()
        let old = try #require(try test.photo("mine/1.jpg"))
        try test.project.apply(.label([old.id], classID: nil))
        try test.project.apply(.remove([old.id]))
        let (photo, isNew) = try thumbnails.addPhoto(named: "other.jpg", bytes: jpeg, className: "bee")
        #expect(!isNew)
        #expect(photo.id == old.id)
        #expect(!photo.isRemoved)
        let bee = test.project.classes.first { $0.name == "bee" }?.id
        #expect(bee != nil && photo.classID == bee)
        // A label that the user gave is not changed.
        let again = try thumbnails.addPhoto(named: "other.jpg", bytes: jpeg, className: "wasp")
        #expect(again.photo.classID == bee)
        #expect(test.project.counts.photos == 1)
    }

    @Test("Files with the same bytes that arrive at the same time become one photo")
    func together() throws {
        let test = try TestProject()
        let thumbnails = try Thumbnails(project: test.project)
        let jpeg = try TestPhotos.sharp().jpegData()
        let ids = Monitor<Set<Int>>([])
        let threads = (0..<6).compactMap { number in
            SystemThread {
                guard let (photo, _) = try? thumbnails.addPhoto(named: "\(number).jpg", bytes: jpeg, className: "ant")
                else { return }
                ids.withLock { _ = $0.insert(photo.id) }
            }
        }
        for thread in threads { thread.join() }
        #expect(ids.withLock { $0.count } == 1)
        #expect(test.project.counts.photos == 1)
        #expect(try test.folder.names(in: ".apus/photos").count == 1)
    }

    @Test("Bytes that are no complete image are refused with the reason, and leave nothing behind")
    func hostile() throws {
        let test = try TestProject()
        let thumbnails = try Thumbnails(project: test.project)
        let jpeg = try TestPhotos.sharp().jpegData()
        // A PNG that says it has 60,000 x 60,000 pixels.
        var bomb = try TestPhotos.sharp().pngData()
        bomb.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
        let files: [(name: String, bytes: [UInt8], code: ImageError.Code?)] = [
            ("empty.jpg", [], .empty), ("page.jpg", Array("<html><script>".utf8), .unsupported),
            ("torn.jpg", Array(jpeg[..<(jpeg.count - 200)]), .truncated), ("bomb.png", bomb, nil),
        ]
        for file in files {
            let error = #expect(throws: ImageError.self) {
                try thumbnails.addPhoto(named: "x/\(file.name)", bytes: file.bytes, className: "ant")
            }
            #expect(error?.path == file.name)
            #expect(file.code == nil || error?.code == file.code, "\(file.name)")
        }
        #expect(test.project.counts.photos == 0)
        #expect(test.project.classes.isEmpty)
        #expect(!fileExists(test.folder.path(".apus/photos")))
        #expect(throws: ProjectError.self) { try thumbnails.addPhoto(named: "a.jpg", bytes: jpeg, classID: 99) }
        #expect(test.project.counts.photos == 0)
    }
}
