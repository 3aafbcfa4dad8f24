// swift-tools-version: 6.2

import PackageDescription

// Programs that use Apus, to be read and copied. `swift run --package-path Examples animals PHOTOS` runs one.
let examples = [
    ("dogs-and-cats", "DogsAndCats", "Apus"), ("animals", "Animals", "Apus"), ("flowers", "Flowers", "Apus"),
    ("few-photos", "FewPhotos", "Apus"), ("ants-and-bees", "AntsAndBees", "Apus"),
    ("training-progress", "TrainingProgress", "Apus"), ("shapes", "Shapes", "Apus"),
    ("custom-loss", "CustomLoss", "Apus"),
    ("linear-regression", "LinearRegression", "Torch"), ("digits", "Digits", "TorchVision"),
    ("prediction-handler", "PredictionHandler", "Classifier"),
]

// Where scripts/bootstrap has put LibTorch and OpenVINO.
let libraries = Context.packageDirectory + "/../.deps"
let runPath: [LinkerSetting] = [
    .unsafeFlags(["libtorch", "openvino"].flatMap { ["-Xlinker", "-rpath", "-Xlinker", "\(libraries)/\($0)/lib"] })
]

let package = Package(
    name: "examples",
    platforms: [.macOS(.v15)],
    products: examples.map { name, target, _ in .executable(name: name, targets: [target]) },
    dependencies: [.package(name: "apus", path: "..", traits: [])],
    targets: examples.map { _, target, library in
        .executableTarget(
            name: target, dependencies: [.product(name: library, package: "apus")], linkerSettings: runPath)
    }
)
