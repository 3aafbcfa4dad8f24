public import Drawing
internal import Foundation
internal import Platform
internal import Torch

/// The files that explanations are written to: pictures in a folder, or in one file, and all raw values in another.
///
/// Values are added on one thread.
public final class ExplanationFiles: @unchecked Sendable {
    private let out: String
    private let valuesPath: String?
    private var values: [(name: String, values: [Float], shape: [Int])] = []
    private var written: Set<String> = []
    /// The picture that was written last.
    public private(set) var latest: String?

    /// Describes the files; none is made yet.
    ///
    /// - Parameters:
    ///   - out: a folder, or a file that ends in `.png`, `.svg` or `.pdf`; further pictures are then numbered:
    ///     `dog-2.png`.
    ///   - values: the safetensors file for the raw values; nil for none.
    public init(_ out: String, values: String?) { (self.out, valuesPath) = (out, values) }

    /// Writes a picture.
    ///
    /// - Parameters:
    ///   - picture: the drawing.
    ///   - name: the path of the picture that is explained, whose name the file gets.
    ///   - kind: what is shown, which stands behind that name: `dog.grad-cam.png`.
    /// - Throws: `DrawingError` or `FileError` where the disk refuses.
    public func write(_ picture: some Drawable, named name: String, kind: String) throws {
        var path = out
        if (try? PictureFormat(path: out)) == nil {
            try makeFolder(out)
            let file = String(name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...])
            let stem = file.lastIndex(of: ".").map { $0 > file.startIndex ? String(file[..<$0]) : file } ?? file
            path = "\(out)/\(stem).\(kind).png"
        }
        path = unused(path)
        try picture.save(to: path)
        latest = path
    }

    /// The path, or with a number where this work has written it already.
    private func unused(_ path: String) -> String {
        let (stem, ending) = path.lastIndex(of: ".").map { (path[..<$0], path[$0...]) } ?? (path[...], "")
        let free = (1...).lazy.map { $0 == 1 ? path : "\(stem)-\($0)\(ending)" }.first { !self.written.contains($0) }
        written.insert(free ?? path)
        return free ?? path
    }

    /// Keeps a heat map's values: a tensor `[height, width]` under the picture's path.
    public func add(_ explanation: Explanation) {
        add(explanation.file, explanation.heat.values, [explanation.heat.height, explanation.heat.width])
    }

    /// Keeps feature maps' values: a tensor `[maps, height, width]` under the picture's path, and beside it, behind
    /// `.channels`, the numbers of their channels.
    public func add(_ maps: FeatureMaps) {
        guard let first = maps.maps.first?.map else { return }
        add(maps.file, maps.maps.flatMap(\.map.values), [maps.maps.count, first.height, first.width])
        add("\(maps.file).channels", maps.maps.map { Float($0.channel) }, [maps.maps.count])
    }

    /// Keeps kernels' weights, under the layer's name.
    public func add(_ kernels: Kernels) {
        add(kernels.layer, kernels.values, [kernels.count, kernels.channels, kernels.height, kernels.width])
    }

    private func add(_ name: String, _ numbers: [Float], _ shape: [Int]) {
        guard valuesPath != nil else { return }
        let taken = values.filter { $0.name == name || $0.name.hasPrefix("\(name)#") }.count
        values.append((taken == 0 ? name : "\(name)#\(taken + 1)", numbers, shape))
    }

    /// Writes the raw values, if they are wanted.
    ///
    /// - Returns: the path of their file.
    /// - Throws: `CheckpointError` where the disk refuses.
    public func finish() async throws -> String? {
        guard let valuesPath else { return nil }
        let values = values
        try await TensorActor.run {
            let entries = try values.map { (name: $0.name, tensor: try Tensor($0.values, shape: $0.shape)) }
            try Checkpoint(entries: entries).writeSafetensors(to: valuesPath)
        }
        return valuesPath
    }
}
