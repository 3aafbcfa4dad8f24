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
        // The programs of the articles, which the script writes as functions.
        .target(
            name: "Articles",
            dependencies: ["Apus", "Drawing", "ONNX", "TensorBoard"].map { .product(name: $0, package: "apus") }),
    ]
        // The examples, as somebody else has copied them: the script puts them next to it.
        + [
            ("Animals", "Apus"), ("AntsAndBees", "Apus"), ("Digits", "TorchVision"), ("DogsAndCats", "Apus"),
            ("FewPhotos", "Apus"), ("Flowers", "Apus"), ("LinearRegression", "Torch"),
            ("PredictionHandler", "Classifier"), ("Shapes", "Apus"), ("TrainingProgress", "Apus"),
        ].map { .executableTarget(name: $0, dependencies: [.product(name: $1, package: "apus")]) }
)
