import Foundation
import TestSupport

@testable import Images

/// Results of Pillow and torchvision, from `Tests/Goldens/images/geometry.json`.
struct GeometryGoldens: Decodable {
    struct Resized: Decodable {
        let from: [Int]
        let to: [Int]
        let interpolation: Interpolation
        let crc: UInt32
        let pixels: Data?
    }

    struct ShortSide: Decodable {
        let from: [Int]
        let side: Int
        let to: [Int]
    }

    struct Cropped: Decodable {
        let from: [Int]
        let to: [Int]
        let crc: UInt32
    }

    struct Chain: Decodable {
        let from: [Int]
        let side: Int
        let crop: Int
        let interpolation: Interpolation
        let crc: UInt32
    }

    struct ResizedCrop: Decodable {
        let from: [Int]
        let rectangle: [Int]
        let to: Int
        let interpolation: Interpolation
        let crc: UInt32
    }

    struct RandomResizedCrop: Decodable {
        let from: [Int]
        let shares: [Double]
        let ratios: [Double]
        let rectangle: [Int]
    }

    let resizes: [Resized]
    let shortSides: [ShortSide]
    let centerCrops: [Cropped]
    let chains: [Chain]
    let resizedCrops: [ResizedCrop]
    let randomResizedCrops: [RandomResizedCrop]

    static let all = Result { try Goldens.json("images/geometry.json", as: GeometryGoldens.self) }
}
