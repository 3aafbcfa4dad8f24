// swift-tools-version: 6.2

import PackageDescription

// A server with Hummingbird. It is a package of its own, so that the other examples do not build server packages.

// Where scripts/bootstrap has put OpenVINO. The server needs no LibTorch.
let openvino = Context.packageDirectory + "/../../.deps/openvino/lib"

let package = Package(
    name: "server",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "server", targets: ["ClassificationServer"])],
    dependencies: [
        .package(name: "apus", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "ClassificationServer",
            dependencies: [
                .product(name: "Classifier", package: "apus"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ],
            linkerSettings: [.unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", openvino])])
    ]
)
