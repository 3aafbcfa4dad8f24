import Foundation
import Testing

@testable import Images

@Suite("Notation of transforms")
struct TransformListTests {
    @Test(
        "A text gives its canonical form",
        arguments: [
            ("", ""),
            (
                "resize(256), randomCrop(224), flip(0.5), rotation(40)",
                "resize(256), randomCrop(224), flip(0.5), rotation(40)"
            ),
            ("Resize(256),RandomCrop(224),RandomHorizontalFlip()", "resize(256), randomCrop(224), flip(0.5)"),
            ("random_horizontal_flip(p=0.3)\n, HFlip", "flip(0.3), flip(0.5)"),
            ("resize(256, 300)", "resize((256, 300))"),
            ("resize((200, 200))", "resize((200, 200))"),
            ("resize(height: 200, width: 300, interpolation: bicubic)", "resize((200, 300), interpolation: bicubic)"),
            ("resize(256, interpolation: 'BICUBIC')", "resize(256, interpolation: bicubic)"),
            ("resize(232, interpolation: bilinear)", "resize(232)"),
            ("centerCrop(224), CenterCrop([100, 120])", "centerCrop(224), centerCrop((100, 120))"),
            ("randomCrop(32, 4)", "randomCrop(32, padding: 4)"),
            (
                "RandomCrop(32, padding=(4, 2), pad_if_needed=True, padding_mode='reflect')",
                "randomCrop(32, padding: (4, 2), padIfNeeded: true, paddingMode: reflect)"
            ),
            (
                "randomCrop(32, padding: [1, 2, 3, 4], fill: (1, 2, 3))",
                "randomCrop(32, padding: (1, 2, 3, 4), fill: (1, 2, 3))"
            ),
            ("randomResizedCrop(224, scale: 0.5...1)", "randomResizedCrop(224, scale: 0.5...1)"),
            ("randomResizedCrop(224, (0.08, 1.0), ratio=(1, 2))", "randomResizedCrop(224, ratio: 1...2)"),
            ("verticalFlip, vflip(1)", "verticalFlip(0.5), verticalFlip(1)"),
            ("rotation(40, expand: true, fill: 128)", "rotation(40, expand: true, fill: 128)"),
            (
                "rotation(-10...20, bilinear, center: (3, 4.5))",
                "rotation(-10...20, interpolation: bilinear, center: (3, 4.5))"
            ),
            ("RandomRotation(degrees=(-30, 30))", "rotation(30)"),
            (
                "affine(10, translate: (0.1, 0.2), scale: 0.9...1.1, shear: 5)",
                "affine(10, translate: (0.1, 0.2), scale: 0.9...1.1, shear: 5)"
            ),
            ("RandomAffine(0, shear=[-5, 5, 1, 2], fill=7)", "affine(0, shear: (-5, 5, 1, 2), fill: 7)"),
            ("perspective, RandomPerspective(distortion_scale=0.3, p=1)", "perspective(0.5), perspective(0.3, p: 1)"),
            ("pad(4), pad((1, 2), mode: edge), pad(3, fill: 9)", "pad(4), pad((1, 2), mode: edge), pad(3, fill: 9)"),
            ("letterbox(640), letterbox((480, 640), fill: 0)", "letterbox(640), letterbox((480, 640), fill: 0)"),
            ("erasing, RandomErasing(p=0.2, value='random')", "erasing(0.5), erasing(0.2, value: random)"),
            (
                "erasing(1, scale: 0.1...0.2, ratio: 1...2, value: (1, 2, 3))",
                "erasing(1, scale: 0.1...0.2, ratio: 1...2, value: (1, 2, 3))"
            ),
            ("resize(256), fiveCrop(224)", "resize(256), fiveCrop(224)"),
            ("tenCrop((100, 90), vertical_flip=True)", "tenCrop((100, 90), verticalFlip: true)"),
            ("flip, mixup(0.2), cutmix", "flip(0.5), mixup(0.2), cutmix(1)"),
            (
                "colorJitter(0.4, 0.4, saturation: 0.5...1, hue: 0.1)",
                "colorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.5...1, hue: 0.1)"
            ),
            ("ColorJitter(brightness=(0.5, 1.5), hue=(-0.1, 0.2))", "colorJitter(brightness: 0.5, hue: -0.1...0.2)"),
            ("colourJitter, colorJitter(contrast: 1.7)", "colorJitter, colorJitter(contrast: 1.7)"),
            ("grayscale, RandomGrayscale, randomGrayscale(p=0.3)", "grayscale(1), grayscale(0.1), grayscale(0.3)"),
            (
                "gaussianBlur(5), GaussianBlur(kernel_size=(3, 5), sigma=0.5)",
                "gaussianBlur(5), gaussianBlur((3, 5), sigma: 0.5...0.5)"
            ),
            ("sharpness(2), RandomAdjustSharpness(sharpness_factor=0, p=1)", "sharpness(2), sharpness(0, p: 1)"),
            (
                "posterize(4, 0.2), solarize(128), RandomSolarize(threshold=192.5, p=1)",
                "posterize(4, p: 0.2), solarize(128), solarize(192.5, p: 1)"
            ),
            (
                "equalize, autocontrast(0.1), invert, RandomInvert(1)",
                "equalize(0.5), autocontrast(0.1), invert(0.5), invert(1)"
            ),
            ("randAugment, RandAugment(num_ops=3, magnitude=5)", "randAugment(2, 9), randAugment(3, 5)"),
            ("randAugment(1, 2, bins: 11, fill: 128)", "randAugment(1, 2, bins: 11, fill: 128)"),
            (
                "trivialAugment, TrivialAugmentWide(interpolation='bilinear')",
                "trivialAugment, trivialAugment(interpolation: bilinear)"
            ),
            (
                "autoAugment, autoAugment(cifar10), AutoAugment(policy='SVHN')",
                "autoAugment(imagenet), autoAugment(cifar10), autoAugment(svhn)"
            ),
            (
                "augMix, AugMix(severity=5, mixture_width=2, chain_depth=3, all_ops=False)",
                "augMix(3), augMix(5, width: 2, depth: 3, all: false)"
            ),
            ("  flip ( p : 1e-3 ) ,\n\trotation( 5 , ) ", "flip(0.001), rotation(5)"),
        ])
    func canonical(text: String, expected: String) throws {
        let list = try TransformList(text)
        #expect(list.description == expected)
        let again = try TransformList(list.description)
        #expect(again == list && again.description == expected)
        let data = try JSONEncoder().encode([list])
        #expect(try JSONDecoder().decode([TransformList].self, from: data) == [list])
    }

    @Test("The canonical text of each form is read back as the same transform")
    func values() throws {
        let transforms: [any NotedTransform & Equatable] = [
            Resize(shortSide: 10, interpolation: .bicubic), Resize(width: 30, height: 20),
            CenterCrop(width: 3, height: 4),
            RandomCrop(
                9, padding: Padding(left: 1, top: 2, right: 3, bottom: 4), padsIfNeeded: true, border: .symmetric),
            RandomResizedCrop(7, scale: 0.1...0.9, aspectRatio: 0.5...(7 / 3), interpolation: .bicubic),
            RandomHorizontalFlip(probability: 0.25), RandomVerticalFlip(probability: 1),
            Pad(Padding(3), border: .fill(RGBColor(red: 1, green: 2, blue: 3))), Letterbox(64, fill: .white),
            RandomRotation(
                degrees: -0.1...0.3, sampling: .bicubic, expands: true, fill: RGBColor(red: 0, green: 158, blue: 115)),
            RandomAffine(
                degrees: 0...3, translation: PixelPoint(x: 0.5, y: 1 / 3), scale: 0.5...1, shearX: 0...1,
                shearY: -1...1,
                sampling: .bilinear, fill: .gray, center: PixelPoint(x: 1, y: -2)),
            RandomAffine(degrees: 0...0, shearX: -2...9),
            RandomPerspective(
                distortion: 0.7, probability: 0.1, sampling: .nearest, fill: RGBColor(red: 213, green: 94, blue: 0)),
            RandomErasing(
                probability: 0.9, scale: 0...1, ratio: 0.1...(1 / 3),
                cover: .fill(RGBColor(red: 0, green: 158, blue: 115))),
            ColorJitter(brightness: 0.4, contrast: 2, saturation: 0.1, hue: 0.5),
            ColorJitter(brightness: 0...3, contrast: 0.2...0.3, saturation: 1...1, hue: 0.1...0.2),
            RandomGrayscale(probability: 0.2), GaussianBlur(kernelSize: PixelSize(width: 3, height: 7), sigma: 1...2),
            RandomSharpness(factor: 1.5, probability: 0.25), RandomPosterize(bits: 3, probability: 1),
            RandomSolarize(threshold: 99.5), RandomEqualize(probability: 0), RandomAutocontrast(), RandomInvert(),
            RandAugment(
                operations: 4, magnitude: 30, sampling: .bicubic, fill: RGBColor(red: 0, green: 158, blue: 115)),
            TrivialAugmentWide(bins: 5, fill: .gray), AutoAugment(.svhn, sampling: .bilinear),
            AugMix(
                severity: 1, width: 4, depth: 2, alpha: 0.5, usesAllOperations: false, sampling: .nearest,
                fill: .white),
        ]
        for transform in transforms {
            let list = TransformList([transform])
            let read = try #require(TransformList(list.description).transforms.first)
            let isSame = isEqual(transform, read)
            #expect(isSame, "\(list)")
        }
        #expect(TransformList([], views: TenCrop(9), batch: [.mixup(0.5)]).description == "tenCrop(9), mixup(0.5)")
    }

    private func isEqual<Value: Equatable>(_ first: Value, _ second: any ImageTransform) -> Bool {
        first == second as? Value
    }

    @Test("The transforms of a list are applied in order")
    func chain() throws {
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        let image = pattern(width: 60, height: 40)
        let list = try TransformList("resize(20), centerCrop(16), flip(1), rotation(90...90)")
        let result = list.transforms.apply(to: image, using: &random)
        let expected = image.resized(width: 30, height: 20).cropped(
            to: PixelRectangle(x: 7, y: 2, width: 16, height: 16))
        #expect(result == expected.mirrored().rotated(degrees: 90))
    }

    @Test("Multiple crops give one chain each, and the center crop is the default")
    func crops() throws {
        let image = pattern(width: 30, height: 20)
        let list = try TransformList("verticalFlip(1), tenCrop(8), rotation(90...90)")
        #expect(list.chains.count == 10)
        let images = list.chains.map { chain in
            var random = CountedRandom(seed: 0, epoch: 0, index: 0)
            return chain.apply(to: image, using: &random)
        }
        let flipped = image.flippedVertically()
        #expect(images == TenCrop(8)(flipped).map { $0.rotated(degrees: 90) })
        var random = CountedRandom(seed: 0, epoch: 0, index: 0)
        #expect(list.transforms.apply(to: image, using: &random) == images[4])
        #expect(try TransformList("flip").chains.count == 1 && TransformList("").chains.count == 1)
        #expect(try TransformList("").isEmpty && TransformList("").transforms.isEmpty)
    }

    @Test("Batch mixes are separated from image transforms")
    func batch() throws {
        let list = try TransformList("flip, mixup(0.4), cutmix(1)")
        #expect(list.transforms.count == 1 && list.batch == [.mixup(0.4), .cutmix(1)])
    }

    @Test("All forms are listed, and each without required arguments is read alone")
    func forms() throws {
        for form in TransformForm.all {
            #expect(TransformList.notation.contains(form.usage))
            guard let list = try? TransformList(form.name) else { continue }
            #expect(try TransformList(list.description) == list)
        }
    }
}
