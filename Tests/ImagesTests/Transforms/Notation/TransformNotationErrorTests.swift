import Foundation
import Platform
import Testing

@testable import Images

@Suite("Errors in the notation of transforms")
struct TransformNotationErrorTests {
    private func error(_ text: String) throws -> NotationError {
        try #require(#expect(throws: NotationError.self) { try TransformList(text) })
    }

    @Test("The message gives the position, the reason, and a mark below the text")
    func message() throws {
        let error = try error("resize(256), flip(0.5), rotaton(40)")
        #expect(
            error.description == """
                transforms, line 1, character 25: unknown transform 'rotaton'; did you mean 'rotation'?
                resize(256), flip(0.5), rotaton(40)
                                        ^~~~~~~
                """)
        #expect(error.line == 1 && error.column == 25 && error.position == 24..<31)
    }

    @Test("Only the invalid one of several lines is shown")
    func lines() throws {
        let error = try error("resize(256),\n\tflip(1.5),\nrotation(40)")
        #expect(
            error.description
                == "transforms, line 2, character 7: p must be a number from 0 to 1\n\tflip(1.5),\n\t     ^~~")
    }

    @Test(
        "The error gives position and reason",
        arguments: [
            ("resize(256) flip", 13, "separate transforms by commas"),
            ("resize(256),", 13, "the name of a transform is missing at the end"),
            (", flip", 1, "the name of a transform is missing before ','"),
            ("resize(256", 7, "'(' is not closed"),
            ("pad((1, 2)", 4, "'(' is not closed"),
            ("pad((1, 2", 5, "'(' is not closed"),
            ("resize(256]", 11, "a comma or ')'"),
            ("flip(p: )", 9, "a value is missing before ')'"),
            ("flip('0.5)", 6, "quotation mark"),
            ("resize()", 1, "size is missing; the form is resize(size"),
            ("resize(0)", 8, "size must be an integer from 1 to 65536"),
            ("resize(big)", 8, "size must be an integer"),
            ("resize(256, 300, nearest)", 18, "interpolation must be one of bilinear, bicubic"),
            ("resize((1, 2, 3))", 8, "size must be a side or (height, width)"),
            ("resize((1, 2), width: 3)", 23, "the width is given twice"),
            ("resize(5, height: 3)", 19, "the height is given twice"),
            ("resize(height: 3)", 1, "width is missing"),
            ("flip(0.5, 0.5)", 11, "too many arguments"),
            ("flip(p: 0.5, probability: 0.4)", 14, "p is given twice"),
            ("rotation(expand: true, 40)", 24, "arguments without a name"),
            (
                "rotation(40, expnd: true)", 14,
                "no argument 'expnd'; did you mean 'expand'? The form is rotation(degrees"
            ),
            ("rotation(40, expand: yes)", 22, "expand must be true or false"),
            ("rotation(20...10)", 10, "is above its end"),
            ("rotation(-40)", 10, "degrees must be a number from 0"),
            ("rotation(99999)", 10, "degrees must be a number from"),
            ("rotation(nan)", 10, "degrees must be a number from"),
            ("rotation(10, fill: 256)", 20, "fill must be an integer from 0 to 255"),
            ("rotation(10, fill: (1, 2))", 20, "(red, green, blue)"),
            ("randomResizedCrop(224, scale: 0...2)", 31, "scale must be a number from"),
            ("randomResizedCrop(224, scale: 0.5)", 31, "scale must be a range between"),
            ("affine(1, translate: (1, 2, 3))", 22, "(horizontal, vertical)"),
            ("affine(1, translate: 2)", 22, "translate must be a number from 0 to 1"),
            ("affine(1, shear: (3, 2, 0, 0))", 18, "is above its end"),
            ("pad(1...2)", 5, "padding must be an integer"),
            ("pad((1, 2, 3))", 5, "(left, top, right, bottom)"),
            ("pad(4, mode: around)", 14, "constant, edge, reflect, symmetric"),
            ("mixup(0)", 7, "alpha must be a number"),
            ("colorJitter(hue: 0.6)", 18, "hue must be a number from 0 to 0.5"),
            ("gaussianBlur(4)", 14, "odd"),
            ("gaussianBlur(3, sigma: 0...1)", 24, "sigma must be a number"),
            ("posterize(9)", 11, "bits must be an integer from 0 to 8"),
            ("posterize", 1, "bits is missing; the form is posterize(bits, p: 0.5)"),
            ("randAugment(2, 31)", 16, "m must be an integer from 0 to 30"),
            ("autoAugment(mnist)", 13, "policy must be one of imagenet, cifar10, svhn"),
            ("mixup, flip", 8, "must come after those of images"),
            ("fiveCrop(9), tenCrop(9)", 14, "only one"),
            ("resize(256), ToTensor()", 14, "remove 'ToTensor'"),
            ("xyz", 1, "unknown transform 'xyz'; available: resize, "),
        ])
    func places(text: String, column: Int, reason: String) throws {
        let error = try error(text)
        #expect(error.column == column && error.reason.contains(reason), "\(error)")
    }

    @Test("An invalid stored text is refused with its position")
    func stored() throws {
        let data = Data("[\"resize(256), flop\"]".utf8)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode([TransformList].self, from: data) }
        #expect(error.map { "\($0)".contains("character 14") } == true)
    }

    @Test("Any text is read or refused, and none crashes")
    func anything() {
        var random = CountedRandom(seed: 5, epoch: 0, index: 0)
        let pieces =
            Array("resize(256)flip,:=.…'\"[]()-+é\n\t 0.5...1 rotation affine pad 1e9 -").map(String.init)
            + ["resize", "(", ")", "...", "rotation(40)", "pad((1,2))", ",", "affine", "1e999", "-1", "inf", "nan"]
        for _ in 0..<3000 {
            let text = (0..<(1 + random.uniform(below: 12))).map { _ in pieces[random.uniform(below: pieces.count)] }
                .joined()
            if let list = try? TransformList(text) { #expect((try? TransformList(list.description)) == list) }
        }
    }
}
