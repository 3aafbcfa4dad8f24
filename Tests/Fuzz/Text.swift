// All text formats: transforms, schedules, layers, networks and tables; and MNIST files. `APUS_FUZZ` selects the
// format.

import LibC

private let target = getenv("APUS_FUZZ").map { String(cString: $0) } ?? "transforms"

/// The entry point of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzText(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    let text = String(decoding: bytes, as: UTF8.self)
    switch target {
    case "transforms":
        // The written form is read back as the same value.
        guard let list = try? TransformList(text) else { return 0 }
        let written = "\(list)"
        precondition((try? TransformList(written)).map { "\($0)" } == written)
    case "schedules":
        guard let schedule = Schedule(text) else { return 0 }
        precondition(Schedule("\(schedule)") == schedule)
    case "layers":
        guard let layers = try? LayerDescription.layers(in: text) else { return 0 }
        precondition((try? LayerDescription.layers(in: layers.map { "\($0)" }.joined(separator: ", "))) == layers)
    case "networks":
        guard let network = try? NetworkDescription(text, name: "fuzz") else { return 0 }
        _ = try? network.parameterCount(classes: 1000)
        _ = try? network.featureCount
    case "tables":
        guard let file = try? TextFile(written(bytes)) else { return 0 }
        _ = try? DelimitedText(file, delimiter: DelimitedText.delimiter(of: file))
        _ = file.lines.count
    case "idx":
        guard let file = try? IDXFile(path: written(bytes), dimensions: 1 + size % 3) else { return 0 }
        precondition(file.elements.count == file.shape.reduce(1, *))
    default: fatalError("APUS_FUZZ is transforms, schedules, layers, networks, tables or idx, not \(target)")
    }
    return 0
}

/// The bytes as a file in memory.
private func written(_ bytes: [UInt8]) -> FilePath {
    let path = "/dev/shm/apus-fuzz-\(getpid())"
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(file >= 0 && bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == bytes.count)
    close(file)
    return FilePath(path)
}
