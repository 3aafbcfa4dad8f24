// What the readers of texts need of the rest of the package, without LibTorch's tensors: nothing is computed.

/// As in `Torch`, without numbers.
public struct Tensor {
    let shape: [Int] = []
    let rank = 0
    let dtype = DType.float32

    func size(_ dimension: Int) -> Int { 0 }
    func roll(_ places: [Int], along dimensions: [Int]) throws -> Tensor { self }
    func multiply(inPlace factor: Double) throws {}
    func add(inPlace other: Tensor) throws {}
    func clone() throws -> Tensor { self }
    func narrow(_ dimension: Int, from start: Int, length: Int) throws -> Tensor { self }
    func copy(from other: Tensor) throws {}
    func to(_ dtype: DType) throws -> Tensor { self }
    static func * (left: Tensor, right: Double) throws -> Tensor { left }
}

/// As in `Torch`.
public struct Operator: Sendable {
    init(_ name: String) {}
    func callAsFunction(_ input: Tensor, _ count: Int) throws -> Tensor { input }
}

/// As in `Torch`.
public struct TorchError: Error {
    enum Code { case invalidArgument }

    init(code: Code, message: String) {}
}

/// As in `TorchVision`, of no use here.
func editDistance(_ first: [Character], _ second: [Character]) -> Int { first == second ? 0 : 1 }
