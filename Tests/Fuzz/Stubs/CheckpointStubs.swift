// What the readers of checkpoints need of the rest of `Torch`, without LibTorch's tensors: they find places in files, and
// nothing is made of what lies there.

struct Tensor {
    init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws {}

    func asStrided(shape: [Int], strides: [Int], offset: Int) throws -> Tensor { self }

    func withUnsafeMutableBytes(_ body: (UnsafeMutableRawBufferPointer) throws -> Void) throws {}
}

struct Checkpoint {
    var entries: [(name: String, tensor: Tensor)]
    var metadata: [String: String]
    var moduleVersions: [(module: String, version: Int)]
    var stateKey: String?
}

struct TorchError: Error {
    enum Code { case outOfMemory }
    let code: Code
}
