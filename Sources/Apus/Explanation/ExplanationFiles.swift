public import Drawing
internal import Foundation
internal import Platform
internal import Torch

/// The files of explanations: plots in a folder or a file, and raw values in a separate file.
///
/// Add values on one thread only.
public final class ExplanationFiles: @unchecked Sendable {
    private let out: String
    private let valuesPath: String?
    private var values: [(name: String, values: [Float], shape: [Int])] = []
    private var written: Set<String> = []
    /// The path of the last written plot.
    public private(set) var latest: String?

    /// Creates a writer. Files are created later.
    ///
    /// - Parameters:
    ///   - out: a folder, or a file with the extension `.png`, `.svg` or `.pdf`; further plots are then numbered:
    ///     `dog-2.png`.
    ///   - values: the safetensors file for the raw values; nil for none.
    public init(_ out: String, values: String?) { (self.out, valuesPath) = (out, values) }

    /// Writes a plot.
    ///
    /// - Parameters:
    ///   - plot: the plot.
    ///   - name: the path of the explained image, from which the name of the file is derived.
    ///   - kind: the kind of plot, which is appended to the name: `dog.grad-cam.png`.
    /// - Throws: `DrawingError` or `FileError` if the file can't be written.
    public func write(_ plot: some Drawable, named name: String, kind: String) throws {
        var path = out
        if (try? ImageFormat(path: out)) == nil {
            try makeFolder(out)
            let file = String(name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...])
            let stem = file.lastIndex(of: ".").map { $0 > file.startIndex ? String(file[..<$0]) : file } ?? file
            path = "\(out)/\(stem).\(kind).png"
        }
        path = unused(path)
        try plot.save(to: path)
        latest = path
    }

    /// Returns the path, with a number if it is already written.
    private func unused(_ path: String) -> String {
        let (stem, ending) = path.lastIndex(of: ".").map { (path[..<$0], path[$0...]) } ?? (path[...], "")
        let free = (1...).lazy.map { $0 == 1 ? path : "\(stem)-\($0)\(ending)" }.first { !self.written.contains($0) }
        written.insert(free ?? path)
        return free ?? path
    }

    /// Adds the values of a heat map: a tensor `[height, width]` with the image's path as its name.
    public func add(_ explanation: Explanation) {
        add(explanation.file, explanation.heat.values, [explanation.heat.height, explanation.heat.width])
    }

    /// Adds the values of feature maps: a tensor `[maps, height, width]` with the image's path as its name, and a
    /// tensor with the suffix `.channels` that contains their channels.
    public func add(_ maps: FeatureMaps) {
        guard let first = maps.maps.first?.map else { return }
        add(maps.file, maps.maps.flatMap(\.map.values), [maps.maps.count, first.height, first.width])
        add("\(maps.file).channels", maps.maps.map { Float($0.channel) }, [maps.maps.count])
    }

    /// Adds the weights of kernels, with the layer's name.
    public func add(_ kernels: Kernels) {
        add(kernels.layer, kernels.values, [kernels.count, kernels.channels, kernels.height, kernels.width])
    }

    private func add(_ name: String, _ numbers: [Float], _ shape: [Int]) {
        guard valuesPath != nil else { return }
        let taken = values.filter { $0.name == name || $0.name.hasPrefix("\(name)#") }.count
        values.append((taken == 0 ? name : "\(name)#\(taken + 1)", numbers, shape))
    }

    /// Writes the raw values, if requested.
    ///
    /// - Returns: the path of their file; nil if not requested.
    /// - Throws: `CheckpointError` if the file can't be written.
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
