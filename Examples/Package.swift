// swift-tools-version: 6.2

import PackageDescription

// Programs that use Apus, to be read and copied. `swift run --package-path Examples animals PHOTOS` runs one.
let apus = ["Apus", "TorchVision", "TorchNN", "Torch"].map { Target.Dependency.product(name: $0, package: "apus") }

// Where scripts/bootstrap has put LibTorch and OpenVINO.
let libraries = Context.packageDirectory + "/../.deps"
let runPath: [LinkerSetting] = [
    .unsafeFlags(["libtorch", "openvino"].flatMap { ["-Xlinker", "-rpath", "-Xlinker", "\(libraries)/\($0)/lib"] })
]

let package = Package(
    name: "examples",
    products: [
        .executable(name: "dogs-and-cats", targets: ["DogsAndCats"]),
        .executable(name: "animals", targets: ["Animals"]),
        .executable(name: "flowers", targets: ["Flowers"]),
        .executable(name: "few-photos", targets: ["FewPhotos"]),
    ],
    dependencies: [.package(name: "apus", path: "..")],
    targets: ["DogsAndCats", "Animals", "Flowers", "FewPhotos"].map {
        .executableTarget(name: $0, dependencies: apus, linkerSettings: runPath)
    }
)
