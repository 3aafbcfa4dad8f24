// swift-tools-version: 6.2

import PackageDescription

// A separate package, so that users of Apus do not build its benchmarks.
let features: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let dependencies = Context.packageDirectory + "/../.deps"
let runPath: [LinkerSetting] = [
    .unsafeFlags(
        ["libtorch", "openvino"].flatMap { ["-Xlinker", "-rpath", "-Xlinker", "\(dependencies)/\($0)/lib"] })
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// Libraries of Apus.
func apus(_ names: String...) -> [Target.Dependency] { names.map { .product(name: $0, package: "apus") } }

let package = Package(
    name: "apus-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "apus-bench", targets: ["ApusBench"]),
        .executable(name: "apus-count", targets: ["ApusCount"]),
    ],
    dependencies: [
        .package(name: "apus", path: "..", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "ApusBench",
            dependencies: apus("Apus", "Classifier", "Images", "Inference", "Torch") + [argumentParser],
            swiftSettings: features, linkerSettings: runPath),
        .executableTarget(
            name: "ApusCount", dependencies: apus("Images", "TorchNN", "Torch") + [argumentParser],
            swiftSettings: features, linkerSettings: runPath),
    ],
    swiftLanguageModes: [.v6]
)
