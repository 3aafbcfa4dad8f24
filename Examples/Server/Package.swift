// swift-tools-version: 6.2

import PackageDescription

// A program with the server of Apus. It is a package of its own, so that the other examples do not build server packages.

// Where scripts/bootstrap has put OpenVINO. The server needs no LibTorch.
let openvino = Context.packageDirectory + "/../../.deps/openvino/lib"

let package = Package(
    name: "server",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "server", targets: ["ClassificationServer"])],
    dependencies: [
        .package(name: "apus", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "ClassificationServer",
            dependencies: [
                .product(name: "ApusServer", package: "apus"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            linkerSettings: [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", openvino])])
    ]
)
