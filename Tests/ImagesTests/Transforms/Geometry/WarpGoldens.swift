import TestSupport

@testable import Images

/// torchvision's results, from `Tests/Goldens/transforms/geometry.json`.
struct WarpGoldens: Decodable {
    struct Rotation: Decodable {
        let from: [Int]
        let degrees: Double
        let sampling: Sampling
        let expand: Bool
        let center: [Double]?
        let fill: [UInt8]
        let to: [Int]
        let crc: UInt32
    }

    struct Affine: Decodable {
        let from: [Int]
        let degrees: Double
        let translate: [Int]
        let scale: Double
        let shear: [Double]
        let sampling: Sampling
        let center: [Double]?
        let fill: [UInt8]
        let crc: UInt32
    }

    struct Perspective: Decodable {
        let from: [Int]
        let corners: [[Double]]
        let coefficients: [Double]
        let sampling: Sampling
        let fill: [UInt8]
        let crc: UInt32
    }

    struct Padded: Decodable {
        let from: [Int]
        let padding: [Int]
        let mode: String
        let fill: [UInt8]
        let to: [Int]
        let crc: UInt32
    }

    struct Cropped: Decodable {
        let from: [Int]
        let crop: [Int]
        let padding: [Int]
        let mode: String
        let fill: [UInt8]
        let share: Double
        let crc: UInt32
    }

    struct Views: Decodable {
        let from: [Int]
        let crop: [Int]
        let vertical: Bool
        let crcs: [UInt32]
    }

    struct Letterboxed: Decodable {
        let from: [Int]
        let side: Int
        let crc: UInt32
    }

    struct Erased: Decodable {
        let from: [Int]
        let shares: [Double]
        let ratios: [Double]
        let rectangle: [Int]?
    }

    let rotations: [Rotation]
    let affines: [Affine]
    let perspectives: [Perspective]
    let paddings: [Padded]
    let randomCrops: [Cropped]
    let views: [Views]
    let letterboxes: [Letterboxed]
    let erasings: [Erased]

    static let all = Result { try Goldens.json("transforms/geometry.json", as: WarpGoldens.self) }
}

extension RGBColor {
    init(_ parts: [UInt8]) { self.init(red: parts[0], green: parts[1], blue: parts[2]) }
}

extension PixelPoint {
    init(_ parts: [Double]) { self.init(x: parts[0], y: parts[1]) }
}

extension Padding {
    init(_ parts: [Int]) { self.init(left: parts[0], top: parts[1], right: parts[2], bottom: parts[3]) }
}

extension ImageBorder {
    init(mode: String, fill: [UInt8]) {
        switch mode {
        case "edge": self = .edge
        case "reflect": self = .reflect
        case "symmetric": self = .symmetric
        default: self = .fill(RGBColor(fill))
        }
    }
}
