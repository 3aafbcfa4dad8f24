import Foundation
import Images
import StudioProject
import TestSupport
import Testing

@Suite struct PhotoMeasuresTests {
    private func findings(_ images: [Image]) -> [[FindingKind]] {
        let photos = images.enumerated().map { place, image in
            MeasuredPhoto(id: place, width: image.width, height: image.height, measures: PhotoMeasures(image))
        }
        let found = PhotoMeasures.findings(in: photos)
        return images.indices.map { place in found.filter { $0.photo == place }.map(\.kind) }
    }

    @Test("A dark, a blurred and a tiny photo are found among ordinary ones")
    func found() {
        let ordinary = (0..<5).map { TestPhotos.sharp(width: 256, height: 170, seed: $0) }
        let others = [
            TestPhotos.dark(ordinary[0]), TestPhotos.blurred(ordinary[1]), ordinary[2].resized(width: 40, height: 63),
        ]
        #expect(findings(ordinary + others) == [[], [], [], [], [], [.dark], [.blurred], [.tiny]])
    }

    @Test("The measures are those of known pixels")
    func values() {
        let gray = Image(width: 40, height: 40, filledWith: RGBColor(red: 51, green: 51, blue: 51))
        let measures = PhotoMeasures(gray)
        #expect(measures == PhotoMeasures(brightness: 0.2, contrast: 0, sharpness: 0))
        // Columns of 0 and 255: half of each, and a Laplacian of 510 or -510.
        let stripes = Image(
            width: 42, height: 42, pixels: (0..<(42 * 42 * 3)).map { $0 / 3 % 2 == 0 ? 0 : 255 })
        let sharp = PhotoMeasures(stripes)
        #expect(sharp.brightness == 1)
        #expect(sharp.contrast == 0.5)
        #expect(sharp.sharpness == 510 * 510)
        #expect(PhotoMeasures(Image(width: 1, height: 1)).sharpness == 0)
    }

    @Test("A sharp subject on a soft background is not blurred")
    func softBackground() {
        let ordinary = (0..<3).map { TestPhotos.sharp(width: 256, height: 200, seed: $0) }
        let soft = TestPhotos.blurred(ordinary[0], sigma: 4)
        var pixels = soft.pixels
        for y in 60..<140 {
            let row = (y * 256 + 80) * 3..<(y * 256 + 180) * 3
            pixels.replaceSubrange(row, with: ordinary[0].pixels[row])
        }
        let mixed = Image(width: 256, height: 200, pixels: pixels)
        #expect(findings(ordinary + [soft, mixed]) == [[], [], [], [.blurred], []])
    }

    @Test("Where most photos are tiny or dark, that is their nature")
    func nature() {
        let small = (0..<4).map { TestPhotos.sharp(width: 32, height: 32, seed: $0) }
        let dark = (0..<4).map { TestPhotos.dark(TestPhotos.sharp(width: 256, height: 256, seed: $0)) }
        #expect(findings(small) == [[], [], [], []])
        #expect(findings(small + [small[0].resized(width: 12, height: 15)])[4] == [.tiny])
        #expect(findings(dark).allSatisfy { $0.isEmpty })
        #expect(PhotoMeasures.findings(in: []).isEmpty)
    }

    @Test("Of real photos hardly any is found, but nearly all of them when dark or blurred", .testData)
    func realPhotos() throws {
        let paths = try ["cats_dogs/cat", "cats_dogs/dog", "hymenoptera_data/train/ants"].flatMap { folder in
            let folder = try TestData.url("datasets/\(folder)").path
            return try entryNames(of: folder).sorted().prefix(10).map { "\(folder)/\($0)" }
        }
        let images = try paths.map { path in
            try ReducedImage(contentsOf: path, longestSide: Thumbnails.longestSide).image
        }
        let ordinary = findings(images)
        #expect(ordinary.count { !$0.isEmpty } <= 1)
        // Each worse one among all ordinary ones, which are most of the photos.
        let worse = images.map { TestPhotos.dark($0) } + images.map { TestPhotos.blurred($0) }
        let found = findings(images + images + images + worse).suffix(worse.count)
        #expect(found.prefix(images.count).allSatisfy { $0 == [.dark] })
        #expect(found.suffix(images.count).count { $0 == [.blurred] } >= images.count * 9 / 10)
    }
}
