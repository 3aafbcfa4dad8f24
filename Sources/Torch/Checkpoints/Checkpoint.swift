public import Checkpoints
internal import Platform

/// Named tensors, as a PyTorch or safetensors file stores them.
///
/// Reading detects the format from the file's content and never runs code from a file: a small state machine reads
/// pickles. It knows what state dicts need and rejects everything else by name. PyTorch's
/// `torch.load(weights_only=True)` and the safetensors library read the files that are written.
public struct Checkpoint {
    /// The tensors in the file's order, on the CPU. Tensors that share memory in the file share it here.
    public var entries: [(name: String, tensor: Tensor)]
    /// Texts stored with the tensors: safetensors metadata, or numbers and strings that a state dict contains
    /// (`epoch`).
    public var metadata: [String: String]
    /// The version of each module that has one, as PyTorch stores it in a state dict's `_metadata`.
    ///
    /// The module is named by its path, `layers.3`; the whole network's name is empty.
    public var moduleVersions: [(module: String, version: Int)]
    /// The key of the tensors in a file that contains more than them: `state_dict`. Nil for any other file.
    public internal(set) var stateKey: String?

    /// Creates a checkpoint of these tensors.
    public init(
        entries: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
        moduleVersions: [(module: String, version: Int)] = []
    ) {
        self.entries = entries
        self.metadata = metadata
        self.moduleVersions = moduleVersions
    }

    /// The tensor with this name.
    public subscript(name: String) -> Tensor? {
        entries.first { $0.name.utf8.elementsEqual(name.utf8) }?.tensor
    }

    /// The version of a module, or nil if the file has none, as with safetensors and the oldest `.pth` files.
    ///
    /// - Parameter module: The path of the module; empty for the whole network.
    public func version(of module: String = "") -> Int? {
        moduleVersions.first { $0.module.utf8.elementsEqual(module.utf8) }?.version
    }

    /// Reads a checkpoint: safetensors, or `.pth` in any of PyTorch's three formats. The content determines the format.
    ///
    /// Bytes that differ from a checksum in the file are reported as damage.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - stateKey: The location of the tensors in a `.pth` file that a training run saved, for example
    ///     `"state_dict"`. By default they are found if there is exactly one such location. Points separate levels:
    ///     `"ema.model"`. A part that is not a key in the file is a prefix of the tensors' names, and is removed:
    ///     `"state_dict.ema_model"`. Otherwise names stay unchanged; `matched(to:)` removes prefixes.
    /// - Throws: `CheckpointError` for a file that cannot be read, is damaged, contains something else, or requests
    ///   code execution.
    public static func read(_ path: String, stateKey: String? = nil) throws(CheckpointError) -> Checkpoint {
        do {
            let file = try MappedFile(path: path)
            return try file.withUnsafeBytes { try read($0, stateKey: stateKey) }
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter path: The path of the file, for errors.
    /// - Throws: The errors of `read`, without `.file`.
    package static func read(bytes: [UInt8], of path: String) throws(CheckpointError) -> Checkpoint {
        do {
            return try bytes.withUnsafeBytes { try read($0) }
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, stateKey: String? = nil) throws -> Checkpoint {
        let layout = try CheckpointLayout(of: bytes, stateKey: stateKey)
        try layout.verify(in: bytes)
        return try Checkpoint(layout, in: bytes)
    }

    /// Reads `metadata` only, without the tensors' bytes.
    ///
    /// - Throws: The same errors as `read`.
    public static func readMetadata(_ path: String) throws(CheckpointError) -> [String: String] {
        try CheckpointLayout.metadata(ofFile: path)
    }

    /// Checks a file's bytes against its checksums, if it has any, without creating tensors.
    ///
    /// - Throws: The same errors as `read`.
    package static func verify(_ path: String) throws(CheckpointError) {
        try CheckpointLayout.verify(file: path)
    }

    /// Writes a safetensors file atomically. Equal checkpoints give equal bytes.
    ///
    /// The metadata contains checksums of the header and of each tensor under `apus-checksums`. `read` checks them;
    /// other programs ignore them.
    /// The header keeps the order of the entries. The bytes of wider elements come first, so that all elements are
    /// aligned. Tensors that share memory are written separately. `moduleVersions` is not written because the format
    /// has no place for it.
    /// - Throws: `CheckpointError` if the disk reports an error or a name occurs twice. An older file then stays
    ///   unchanged.
    public func writeSafetensors(to path: String) throws(CheckpointError) {
        do {
            let file = try AtomicFile(path: path)
            try SafetensorsWriter(self).write { try file.write($0) }
            try file.commit()
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Writes a `.pth` file in PyTorch's ZIP format atomically: an `OrderedDict` of names and tensors, byte for byte as
    /// `torch.save(model.state_dict(), path)` writes it. Equal checkpoints give equal bytes.
    ///
    /// Tensors that share memory share it in the file. `metadata` is not written because a state dict contains only
    /// tensors.
    /// - Throws: `CheckpointError` if the disk reports an error or a name occurs twice. An older file then stays
    ///   unchanged.
    public func writePyTorch(to path: String) throws(CheckpointError) {
        do {
            let file = try AtomicFile(path: path)
            try PyTorchWriter(self).write { (bytes) throws(FileError) in try file.write(bytes) }
            try file.commit()
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Rejects duplicate names.
    func checkNames() throws(CheckpointFault) {
        var names: Set<ExactString> = []
        for (name, _) in entries where !names.insert(ExactString(name)).inserted {
            throw CheckpointFault(
                .invalid, "the name '\(name)' occurs twice", advice: "give each tensor a unique name")
        }
    }
}
