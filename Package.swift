// swift-tools-version: 6.2

import PackageDescription

// As a dependency by address the package lies in a folder named `checkouts`; there LibTorch and its like are found by
// name, through pkg-config's own search path. SwiftPM caches what a manifest says, so the answer hangs on no file that
// comes and goes.
let isDependency = Context.packageDirectory.split(separator: "/").dropLast().last == "checkouts"
let dependencies = Context.packageDirectory + "/.deps"
let libtorch = isDependency ? "apus-libtorch" : dependencies + "/pkgconfig/apus-libtorch.pc"
let drawing = isDependency ? "apus-drawing" : dependencies + "/pkgconfig/apus-drawing.pc"
let openvino = isDependency ? "apus-openvino" : dependencies + "/pkgconfig/apus-openvino.pc"

let features: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Only what this package itself runs carries a run path: no library product has a flag that dependents may not use.
let runPath: [LinkerSetting] = [
    .unsafeFlags(
        ["libtorch", "openvino"].flatMap { ["-Xlinker", "-rpath", "-Xlinker", "\(dependencies)/\($0)/lib"] })
]

let package = Package(
    name: "apus",
    products: [
        .library(name: "Images", targets: ["Images"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "ONNX", targets: ["ONNX"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "Classifier", targets: ["Classifier"]),
        .library(name: "Torch", targets: ["Torch"]),
        .library(name: "TorchNN", targets: ["TorchNN"]),
        .library(name: "TorchVision", targets: ["TorchVision"]),
        .library(name: "TensorBoard", targets: ["TensorBoard"]),
        .library(name: "Drawing", targets: ["Drawing"]),
        .library(name: "Apus", targets: ["Apus"]),
        .executable(name: "apus", targets: ["ApusCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // Without its traits: neither streams of messages nor field masks are used.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        // C and C++, and the libraries of the system.
        .systemLibrary(name: "CLibTorch", pkgConfig: libtorch),
        .systemLibrary(name: "CLibOpenVINO", pkgConfig: openvino),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPango", pkgConfig: drawing, providers: [.apt(["libpango1.0-dev"])]),
        .target(name: "CTorch", dependencies: ["CLibTorch"]),
        .target(name: "COpenVINO", dependencies: ["CLibOpenVINO"]),
        .target(
            name: "CImage",
            linkerSettings: ["jpeg", "png", "webp", "webpdemux", "z"].map { .linkedLibrary($0) }),
        .target(name: "CArchive"),
        .target(name: "CCurl"),

        // The left half, bottom to top: nothing in it knows LibTorch.
        .target(name: "CPlatform"),
        .target(name: "Platform", dependencies: ["CPlatform", "COpenSSL"], swiftSettings: features),
        .target(name: "Archives", dependencies: ["Platform", "CArchive", "CZlib"], swiftSettings: features),
        .target(name: "Web", dependencies: ["Platform", "CCurl"], swiftSettings: features),
        .target(
            name: "Images", dependencies: ["Platform", "Archives", "Web", "CImage", "CZlib"], swiftSettings: features),
        .target(name: "Checkpoints", dependencies: ["Platform", "Archives", "CZlib"], swiftSettings: features),
        .target(
            name: "ONNX", dependencies: ["Platform", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Schema/onnx.proto"],
            swiftSettings: features),
        .target(name: "Inference", dependencies: ["Platform", "COpenVINO"], swiftSettings: features),
        .target(
            name: "Classifier", dependencies: ["Platform", "Images", "Checkpoints", "ONNX", "Inference"],
            resources: [.embedInCode("Resources/imagenet_classes.tsv")],
            swiftSettings: features),
        .target(
            name: "TensorBoard",
            dependencies: ["Platform", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Schema/events.proto"],
            swiftSettings: features),
        .target(name: "Drawing", dependencies: ["Platform", "CPango"], swiftSettings: features),

        // The right half stands on LibTorch and on the left one.
        .target(name: "Torch", dependencies: ["CTorch", "Platform", "Checkpoints"], swiftSettings: features),
        .target(name: "TorchNN", dependencies: ["Torch", "Platform", "Checkpoints"], swiftSettings: features),
        .target(
            name: "TorchGraph",
            dependencies: [
                "TorchNN", "Torch", "Platform", "Checkpoints", "ONNX",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: features),
        .target(
            name: "TorchVision",
            dependencies: [
                "TorchNN", "Torch", "Platform", "Checkpoints", "Web", "Images", "Inference", "Classifier", "COpenSSL",
            ],
            swiftSettings: features),
        .target(
            name: "Apus",
            dependencies: [
                "Platform", "Images", "Checkpoints", "ONNX", "Inference", "Classifier", "TorchVision", "TorchGraph",
                "TorchNN", "Torch", "TensorBoard", "Drawing", "COpenSSL",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Report/Resources")],
            swiftSettings: features),
        .executableTarget(
            name: "ApusCLI",
            dependencies: [
                "Apus", "Platform", "Images", "Checkpoints", "ONNX", "Inference", "Classifier", "TorchGraph",
                "TorchVision", "TorchNN", "Torch", "Drawing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: features,
            linkerSettings: runPath),

        // Tests: what they share, and a target for each library.
        .target(name: "TestEnvironment", path: "Tests/TestEnvironment"),
        .target(
            name: "TestSupport", dependencies: ["TestEnvironment"], path: "Tests/TestSupport", swiftSettings: features),
        .target(
            name: "TorchTestSupport", dependencies: ["TestSupport", "Torch", "TorchNN"], path: "Tests/TorchTestSupport",
            swiftSettings: features),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ArchivesTests", dependencies: ["Archives", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(name: "WebTests", dependencies: ["Web", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ONNXTests",
            dependencies: [
                "ONNX", "Platform", "TestSupport", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: features),
        .testTarget(
            name: "InferenceTests", dependencies: ["Inference", "Checkpoints", "Platform", "TestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ClassifierTests", dependencies: ["Classifier", "Inference", "Images", "Platform", "TestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TensorBoardTests",
            dependencies: ["TensorBoard", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: features),
        .testTarget(name: "DrawingTests", dependencies: ["Drawing", "CPango"], swiftSettings: features),
        .testTarget(
            name: "TorchTests", dependencies: ["Torch", "Checkpoints", "Platform", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TorchNNTests", dependencies: ["TorchNN", "Torch", "TorchTestSupport"], swiftSettings: features,
            linkerSettings: runPath),
        .testTarget(
            name: "TorchGraphTests",
            dependencies: [
                "TorchGraph", "TorchVision", "TorchNN", "Torch", "Inference", "ONNX", "TorchTestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TorchVisionTests", dependencies: ["TorchVision", "Classifier", "Images", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusTests", dependencies: ["Apus", "Classifier", "TensorBoard", "Drawing", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusCLITests", dependencies: ["ApusCLI", "TorchVision", "Torch", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

// `make docs` alone wants the plugin that builds the documentation: packages that use the libraries do not fetch it.
if Context.environment["APUS_DOCUMENTATION"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
