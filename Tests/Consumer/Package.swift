// swift-tools-version: 6.2

import PackageDescription

// A package that depends on Apus by URL and version, as other packages do. SwiftPM then allows no unsafe flags in the
// products of Apus. scripts/checks/consumer sets the URL, builds the package and runs it.
let apus = Context.environment["APUS_REPOSITORY"] ?? "file:///set/by/scripts/checks/consumer/apus"

let package = Package(
    name: "consumer",
    platforms: [.macOS(.v15)],
    // Without the trait Server, whose packages it does not need.
    dependencies: [.package(url: apus, from: "0.0.1", traits: [])],
    targets: [
        .executableTarget(
            name: "Consumer",
            dependencies: [
                .product(name: "Torch", package: "apus"),
                .product(name: "TorchVision", package: "apus"),
                .product(name: "Inference", package: "apus"),
            ]),
        // The half without LibTorch, which must not be linked.
        .executableTarget(name: "Finished", dependencies: [.product(name: "Classifier", package: "apus")]),
        // The programs of the articles, which the script writes as functions.
        .target(
            name: "Articles",
            dependencies: ["Apus", "ApusClient", "Drawing", "ONNX", "TensorBoard"].map {
                .product(name: $0, package: "apus")
            }),
    ]
        // Copies of the examples, which the script writes next to this package.
        + [
            ("Animals", "Apus"), ("AntsAndBees", "Apus"), ("CustomLoss", "Apus"), ("Digits", "TorchVision"),
            ("DogsAndCats", "Apus"),
            ("FewPhotos", "Apus"), ("Flowers", "Apus"), ("LinearRegression", "Torch"),
            ("PredictionHandler", "Classifier"), ("Shapes", "Apus"), ("TrainingProgress", "Apus"),
        ].map { .executableTarget(name: $0, dependencies: [.product(name: $1, package: "apus")]) }
)
