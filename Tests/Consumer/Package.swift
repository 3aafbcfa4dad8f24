// swift-tools-version: 6.2

import PackageDescription

// A package of someone else, which depends on Apus by address and version: SwiftPM then allows no unsafe flags in what
// it uses of Apus. scripts/checks/consumer gives the address, builds and runs it.
let apus = Context.environment["APUS_REPOSITORY"] ?? "file:///set/by/scripts/checks/consumer/apus"

let package = Package(
    name: "consumer",
    dependencies: [.package(url: apus, from: "0.0.1")],
    targets: [
        .executableTarget(
            name: "Consumer",
            dependencies: [
                .product(name: "Torch", package: "apus"),
                .product(name: "TorchVision", package: "apus"),
                .product(name: "Inference", package: "apus"),
            ]),
        // The half without LibTorch: it must not be linked.
        .executableTarget(name: "Finished", dependencies: [.product(name: "Classifier", package: "apus")]),
    ]
        // The examples, as somebody else has copied them: the script lays them beside.
        + ["Animals", "DogsAndCats", "FewPhotos", "Flowers"].map {
            .executableTarget(
                name: $0,
                dependencies: ["Torch", "TorchNN", "TorchVision", "Apus"].map { .product(name: $0, package: "apus") })
        }
)
