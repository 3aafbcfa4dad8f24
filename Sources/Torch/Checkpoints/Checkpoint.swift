public import Checkpoints
internal import Platform

/// Named tensors as a file of PyTorch's or of safetensors keeps them.
///
/// Reading tells the format by the file's content and never runs anything that a file says: a pickle is read by a
/// small state machine that knows what state dicts need and refuses the rest by name. What is written, PyTorch's
/// `torch.load(weights_only=True)` and safetensors' own library read.
public struct Checkpoint {
    /// The tensors in the file's order, on the CPU. Those that share memory in the file share it here.
    public var entries: [(name: String, tensor: Tensor)]
    /// Texts beside the tensors: safetensors' metadata, or single numbers and texts that a state dict holds (`epoch`).
    public var metadata: [String: String]
    /// The version of each module that has one, as PyTorch notes it in a state dict's `_metadata`.
    ///
    /// The module is named by its path, `layers.3`; the whole network's name is empty.
    public var moduleVersions: [(module: String, version: Int)]
    /// The key under which the tensors lay in a file that held more than them: `state_dict`. Nil for any other file.
    public internal(set) var stateKey: String?

    /// A checkpoint of these tensors.
    public init(
        entries: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
        moduleVersions: [(module: String, version: Int)] = []
    ) {
        self.entries = entries
        self.metadata = metadata
        self.moduleVersions = moduleVersions
    }

    /// The tensor of that name.
    public subscript(name: String) -> Tensor? {
        entries.first { $0.name.utf8.elementsEqual(name.utf8) }?.tensor
    }

    /// The version of a module, nil where the file tells none: safetensors and the oldest `.pth` files do not.
    ///
    /// - Parameter module: its path; empty for the whole network.
    public func version(of module: String = "") -> Int? {
        moduleVersions.first { $0.module.utf8.elementsEqual(module.utf8) }?.version
    }

    /// Reads a checkpoint: safetensors, or `.pth` in any of the three formats that PyTorch has had, told by content.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - stateKey: Where the tensors lie in a `.pth` file that a training saved, `"state_dict"`; by default they are
    ///     found where there is just one such place. Several levels are named with points: `"ema.model"`. What is no
    ///     key in the file is a prefix of the tensors' names, which is removed: `"state_dict.ema_model"`. Otherwise
    ///     names are left as they are; `matched(to:)` removes prefixes.
    ///
    /// Bytes that differ from a checksum of the file's are damage.
    /// - Throws: `CheckpointError` for a file that cannot be read, is damaged, holds something else, or asks for code
    ///   to be run.
    public static func read(_ path: String, stateKey: String? = nil) throws(CheckpointError) -> Checkpoint {
        do {
            let file = try MappedFile(path: path)
            return try file.withUnsafeBytes { bytes in
                let layout = try CheckpointLayout(of: bytes, stateKey: stateKey)
                try layout.verify(in: bytes)
                return try Checkpoint(layout, in: bytes)
            }
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Reads `metadata` alone, without a look at the tensors' bytes.
    ///
    /// - Throws: as `read` does.
    public static func readMetadata(_ path: String) throws(CheckpointError) -> [String: String] {
        try CheckpointLayout.metadata(ofFile: path)
    }

    /// Checks a file's bytes against the checksums that it carries, if it carries any, and makes no tensors.
    ///
    /// - Throws: as `read` does.
    package static func verify(_ path: String) throws(CheckpointError) {
        try CheckpointLayout.verify(file: path)
    }

    /// Writes a safetensors file, whole or not at all. Equal checkpoints give equal bytes.
    ///
    /// Checksums of the header and of each tensor stand in its metadata, under `apus-checksums`; `read` checks them, and
    /// other programs pass them over.
    /// The header keeps the entries' order; the bytes of wider elements come first, so that all are aligned.
    /// Tensors that share memory are written each by itself, and `moduleVersions` is not written: the format has no
    /// place for them.
    /// - Throws: `CheckpointError` where the disk refuses or a name stands twice; an older file is then as it was.
    public func writeSafetensors(to path: String) throws(CheckpointError) {
        do {
            let file = try AtomicFile(path: path)
            try SafetensorsWriter(self).write { try file.write($0) }
            try file.commit()
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Writes a `.pth` file in PyTorch's ZIP format, whole or not at all: an `OrderedDict` of names and tensors, as
    /// `torch.save(model.state_dict(), path)` does, byte for byte. Equal checkpoints give equal bytes.
    ///
    /// Tensors that share memory share it in the file. `metadata` is not written: a state dict holds tensors alone.
    /// - Throws: `CheckpointError` where the disk refuses or a name stands twice; an older file is then as it was.
    public func writePyTorch(to path: String) throws(CheckpointError) {
        do {
            let file = try AtomicFile(path: path)
            try PyTorchWriter(self).write { (bytes) throws(FileError) in try file.write(bytes) }
            try file.commit()
        } catch {
            throw CheckpointError(error, path: path)
        }
    }

    /// Refuses names that no reader could tell apart.
    func checkNames() throws(CheckpointFault) {
        var names: Set<ExactString> = []
        for (name, _) in entries where !names.insert(ExactString(name)).inserted {
            throw CheckpointFault(
                .invalid, "the name '\(name)' stands twice", advice: "give each tensor a name of its own")
        }
    }
}
