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

// Homebrew's codecs are in a folder that macOS's compiler does not search.
#if os(macOS)
    let codecs = isDependency ? "apus-codecs" : dependencies + "/pkgconfig/apus-codecs.pc"
    let codecTargets: [Target] = [.systemLibrary(name: "CCodecs", pkgConfig: codecs)]
    let codecDependencies: [Target.Dependency] = ["CCodecs"]
#else
    let codecTargets: [Target] = []
    let codecDependencies: [Target.Dependency] = []
#endif

let features: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Only what this package itself runs carries a run path: no library product has a flag that dependents may not use.
// scripts/dist sets APUS_DISTRIBUTION, because the folders of another machine would be of no use in a release.
let runPath: [LinkerSetting] =
    Context.environment["APUS_DISTRIBUTION"] != nil
    ? []
    : [
        .unsafeFlags(
            ["libtorch", "openvino"].flatMap { ["-Xlinker", "-rpath", "-Xlinker", "\(dependencies)/\($0)/lib"] })
    ]

// The packages of the server.
let server: [Target.Dependency] = [
    ("HummingbirdCore", "hummingbird"), ("HummingbirdTLS", "hummingbird"), ("GRPCCore", "grpc-swift-2"),
    ("GRPCNIOTransportHTTP2Posix", "grpc-swift-nio-transport"), ("ServiceLifecycle", "swift-service-lifecycle"),
    ("Tracing", "swift-distributed-tracing"), ("HTTPTypes", "swift-http-types"), ("Logging", "swift-log"),
    ("Metrics", "swift-metrics"), ("NIOCore", "swift-nio"), ("NIOHTTP1", "swift-nio"), ("NIOPosix", "swift-nio"),
    ("NIOHTTPTypes", "swift-nio-extras"), ("NIOSSL", "swift-nio-ssl"),
].map { .product(name: $0, package: $1, condition: .when(traits: ["Server"])) }

let package = Package(
    name: "apus",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Images", targets: ["Images"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "ONNX", targets: ["ONNX"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "Classifier", targets: ["Classifier"]),
        .library(name: "ApusServer", targets: ["ApusServer"]),
        .library(name: "ApusClient", targets: ["ApusClient"]),
        .library(name: "Torch", targets: ["Torch", "CTorchLibrary"]),
        .library(name: "TorchNN", targets: ["TorchNN", "CTorchLibrary"]),
        .library(name: "TorchDistributed", targets: ["TorchDistributed", "CTorchLibrary"]),
        .library(name: "TorchVision", targets: ["TorchVision", "CTorchLibrary"]),
        .library(name: "TensorBoard", targets: ["TensorBoard"]),
        .library(name: "Drawing", targets: ["Drawing"]),
        .library(name: "Apus", targets: ["Apus", "CTorchLibrary"]),
        // LibTorch for the command and the tests, which open it when they need it. Programs that depend on the
        // libraries above are linked with it instead.
        .library(name: "ApusTorch", type: .dynamic, targets: ["CTorchLibrary"]),
        .executable(name: "apus", targets: ["ApusCLI"]),
    ],
    // Packages that depend on this one leave out the packages of the server with `traits: []`.
    traits: [
        .trait(name: "Server", description: "The library ApusServer, on Hummingbird and gRPC"),
        .default(enabledTraits: ["Server"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // Without its traits: neither streams of messages nor field masks are used.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // C and C++, and the libraries of the system.
        .systemLibrary(name: "CLibTorch", pkgConfig: libtorch),
        .systemLibrary(name: "CLibOpenVINO", pkgConfig: openvino),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CPango", pkgConfig: drawing, providers: [.apt(["libpango1.0-dev"]), .brew(["pango"])]),
        .target(name: "CDrawing", dependencies: ["CPango"]),
        .target(name: "CTorch"),
        // Opened by CTorch at run time: without that target's code, but with its headers.
        .target(
            name: "CTorchLibrary", dependencies: ["CLibTorch"],
            cxxSettings: [.headerSearchPath("../CTorch/include"), .headerSearchPath("gloo")]),
        .target(name: "COpenVINO", dependencies: ["CLibOpenVINO"]),
        .target(
            name: "CImage", dependencies: codecDependencies,
            linkerSettings: ["jpeg", "png", "webp", "webpdemux", "z"].map { .linkedLibrary($0) }),
        .target(name: "CArchive"),
        .target(name: "CCurl"),

        // The left half, bottom to top: nothing in it knows LibTorch.
        .target(name: "LibC", swiftSettings: features),
        .target(name: "CPlatform"),
        .target(name: "Platform", dependencies: ["LibC", "CPlatform", "COpenSSL"], swiftSettings: features),
        .target(name: "Archives", dependencies: ["LibC", "Platform", "CArchive", "CZlib"], swiftSettings: features),
        .target(name: "Web", dependencies: ["LibC", "Platform", "CCurl"], swiftSettings: features),
        .target(
            name: "Images", dependencies: ["LibC", "Platform", "Archives", "Web", "CImage", "CZlib"],
            swiftSettings: features),
        .target(name: "Checkpoints", dependencies: ["LibC", "Platform", "Archives", "CZlib"], swiftSettings: features),
        .target(
            name: "ONNX",
            dependencies: ["LibC", "Platform", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Schema/onnx.proto"],
            swiftSettings: features),
        .target(name: "Inference", dependencies: ["LibC", "Platform", "COpenVINO"], swiftSettings: features),
        .target(
            name: "Classifier", dependencies: ["LibC", "Platform", "Images", "Checkpoints", "ONNX", "Inference"],
            resources: [.embedInCode("Resources/imagenet_classes.tsv")],
            swiftSettings: features),
        .target(
            name: "Serving", dependencies: ["LibC", "Platform", "Images", "Inference", "Classifier"],
            swiftSettings: features),
        .target(name: "ApusClient", dependencies: ["LibC", "Platform", "Web"], swiftSettings: features),
        .target(
            name: "ApusServer",
            dependencies: [
                "LibC", "Platform", "Images", "Classifier", "Serving",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ] + server,
            exclude: ["Schema/inference.proto"],
            resources: [.embedInCode("Resources")],
            swiftSettings: features),
        .target(
            name: "StudioProject", dependencies: ["LibC", "Platform", "Images", "CSQLite"], swiftSettings: features),
        .target(
            name: "TensorBoard",
            dependencies: ["LibC", "Platform", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Schema/events.proto"],
            swiftSettings: features),
        .target(name: "Drawing", dependencies: ["Platform", "CPango", "CDrawing"], swiftSettings: features),

        // The right half stands on LibTorch and on the left one.
        .target(name: "Torch", dependencies: ["CTorch", "LibC", "Platform", "Checkpoints"], swiftSettings: features),
        .target(name: "TorchNN", dependencies: ["Torch", "Platform", "Checkpoints"], swiftSettings: features),
        .target(
            name: "TorchDistributed", dependencies: ["TorchNN", "Torch", "CTorch", "LibC", "Platform"],
            swiftSettings: features),
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
                "TorchNN", "Torch", "LibC", "Platform", "Checkpoints", "Web", "Images", "Inference", "Classifier",
            ],
            resources: [.embedInCode("Resources/stages.tsv")],
            swiftSettings: features),
        .target(
            name: "Apus",
            dependencies: [
                "LibC", "Platform", "Images", "Checkpoints", "ONNX", "Inference", "Classifier", "TorchVision",
                "TorchGraph", "TorchDistributed", "TorchNN", "Torch", "TensorBoard", "Drawing",
            ],
            resources: [.embedInCode("Report/Resources")],
            swiftSettings: features),
        .target(
            name: "ApusStudio",
            dependencies: [
                "Apus", "LibC", "Platform", "Images", "Inference", "Classifier", "TorchVision", "Torch", "Drawing",
                "Serving", "ApusServer", "StudioProject",
            ] + server,
            resources: [.embedInCode("Resources")],
            swiftSettings: features),
        .executableTarget(
            name: "ApusCLI",
            dependencies: [
                "Apus", "LibC", "Platform", "Images", "Checkpoints", "ONNX", "Inference", "Classifier", "TorchGraph",
                "TorchVision", "TorchDistributed", "TorchNN", "Torch", "Drawing", "Serving", "ApusServer", "ApusStudio",
                "StudioProject",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: .when(traits: ["Server"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Server"])),
            ],
            swiftSettings: features,
            linkerSettings: runPath),

        // Tests: what they share, and a target for each library.
        .target(name: "TestEnvironment", path: "Tests/TestEnvironment"),
        .target(
            name: "TestSupport", dependencies: ["LibC", "TestEnvironment"], path: "Tests/TestSupport",
            swiftSettings: features),
        .target(
            name: "TorchTestSupport", dependencies: ["TestSupport", "Torch", "TorchNN"], path: "Tests/TorchTestSupport",
            swiftSettings: features),
        .testTarget(name: "PlatformTests", dependencies: ["LibC", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ArchivesTests", dependencies: ["Archives", "LibC", "Platform", "TestSupport"],
            swiftSettings: features),
        .testTarget(name: "WebTests", dependencies: ["Web", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ImagesTests", dependencies: ["Images", "LibC", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "CheckpointsTests", dependencies: ["Checkpoints", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ONNXTests",
            dependencies: [
                "ONNX", "Platform", "TestSupport", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: features),
        .testTarget(
            name: "InferenceTests", dependencies: ["Inference", "Checkpoints", "LibC", "Platform", "TestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ClassifierTests", dependencies: ["Classifier", "Inference", "Images", "Platform", "TestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ServingTests",
            dependencies: ["Serving", "Classifier", "Images", "LibC", "Platform", "TestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusClientTests", dependencies: ["ApusClient", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "ApusServerTests",
            dependencies: [
                "ApusServer", "ApusClient", "Serving", "Classifier", "Images", "LibC", "Platform", "TestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "NIOEmbedded", package: "swift-nio", condition: .when(traits: ["Server"])),
            ] + server,
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "StudioProjectTests",
            dependencies: ["StudioProject", "Images", "LibC", "Platform", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "TensorBoardTests",
            dependencies: ["TensorBoard", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: features),
        .testTarget(
            name: "DrawingTests", dependencies: ["Drawing", "Images", "TestSupport"], swiftSettings: features),
        .testTarget(
            name: "TorchTests", dependencies: ["Torch", "Checkpoints", "LibC", "Platform", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TorchNNTests", dependencies: ["TorchNN", "Torch", "TorchTestSupport"], swiftSettings: features,
            linkerSettings: runPath),
        .testTarget(
            name: "TorchDistributedTests",
            dependencies: ["TorchDistributed", "TorchNN", "Torch", "LibC", "Platform", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TorchGraphTests",
            dependencies: [
                "TorchGraph", "TorchVision", "TorchNN", "Torch", "Inference", "ONNX", "TorchTestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "TorchVisionTests",
            dependencies: ["LibC", "TorchVision", "Classifier", "Images", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusTests", dependencies: ["Apus", "Classifier", "TensorBoard", "Drawing", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusStudioTests",
            dependencies: [
                "ApusStudio", "StudioProject", "Apus", "ApusServer", "Classifier", "Images", "LibC", "Platform",
                "Serving", "Torch", "TorchVision", "TorchTestSupport",
            ] + server,
            swiftSettings: features, linkerSettings: runPath),
        .testTarget(
            name: "ApusCLITests",
            dependencies: ["ApusCLI", "ApusClient", "TorchVision", "Torch", "TorchTestSupport"],
            swiftSettings: features, linkerSettings: runPath),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx20
)

package.targets += codecTargets

// `make docs` alone wants the plugin that builds the documentation: packages that use the libraries do not fetch it.
if Context.environment["APUS_DOCUMENTATION"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
