import TestSupport
import Testing
import Torch

@Suite("Tensors") struct TensorTests {
    @Test("Values are read back unchanged") func roundTrip() throws {
        #expect(try Tensor([1.5, -2, 3] as [Float]).array(as: Float.self) == [1.5, -2, 3])
        #expect(try Tensor([Int64.min, Int64.max]).array(as: Int64.self) == [.min, .max])
        #expect(try Tensor([true, false, true]).array(as: Bool.self) == [true, false, true])
        #expect(try Tensor(7 as UInt8).item(as: UInt8.self) == 7)
        #expect(try Tensor([Float]()).array(as: Float.self) == [])
    }

    @Test("Tensors of every type are created and converted", arguments: DType.allCases)
    func elementTypes(_ dtype: DType) throws {
        let tensor = try Tensor.ones([2, 3], dtype: dtype)
        #expect(tensor.dtype == dtype)
        #expect(try tensor.withUnsafeBytes { $0.count } == 6 * dtype.byteCount)
        #expect(try tensor.array(as: Double.self) == Array(repeating: 1, count: 6))
    }

    @Test("Bytes are used in their order") func rawBytes() throws {
        let bytes: [UInt8] = [1, 0, 0, 0, 2, 0, 0, 0]
        let tensor = try bytes.withUnsafeBytes { try Tensor(bytes: $0, shape: [2], dtype: .int32) }
        #expect(try tensor.array(as: Int32.self) == [1, 2])
        let empty = try Tensor(bytes: UnsafeRawBufferPointer(start: nil, count: 0), shape: [0, 4], dtype: .float32)
        #expect(empty.shape == [0, 4])
    }

    @Test("A wrong number of values is refused") func wrongCount() throws {
        #expect(throws: TorchError.self) { try Tensor([1, 2, 3], shape: [2, 2]) }
        let bytes = [UInt8](repeating: 0, count: 7)
        let error = #expect(throws: TorchError.self) {
            try bytes.withUnsafeBytes { _ = try Tensor(bytes: $0, shape: [2], dtype: .float32) }
        }
        #expect(error?.message.contains("needs 8 bytes, not 7") == true)
        #expect(throws: TorchError.self) { try Tensor([1, 2]).item(as: Int.self) }
    }

    @Test("Views share their memory") func sharedMemory() throws {
        let base = try Tensor.zeros([2, 3])
        let row = try base[1]
        try row.fill(5)
        #expect(try base.array(as: Float.self) == [0, 0, 0, 5, 5, 5])
        #expect(row.storage == base.storage)
        #expect(row.storageOffset == 3)
        #expect(try base.clone().storage != base.storage)
        #expect(try base.transpose(0, 1).strides == [1, 3])
        #expect(try !base.transpose(0, 1).isContiguous)
    }

    @Test("The bytes of a view are in the view's order") func viewOrder() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(try tensor.transpose(0, 1).array(as: Float.self) == [1, 4, 2, 5, 3, 6])
        #expect(throws: TorchError.self) { try tensor.transpose(0, 1).withUnsafeMutableBytes { _ in } }
        try tensor.withUnsafeMutableBytes { $0.storeBytes(of: 9 as Float, as: Float.self) }
        #expect(try tensor[0, 0].item(as: Float.self) == 9)
    }

    @Test("Channels-last changes the memory layout and not the values") func channelsLast() throws {
        let tensor = try Tensor.arange(0, 24, dtype: .float32).reshape([1, 2, 3, 4])
        let last = try tensor.contiguous(.channelsLast)
        #expect(last.strides == [24, 1, 8, 2])
        #expect(try last.array(as: Float.self) == tensor.array(as: Float.self))
    }

    @Test("Subscripts select as in PyTorch") func subscripts() throws {
        let tensor = try Tensor.arange(0, 24).reshape([2, 3, 4])
        #expect(try tensor[1, 2, 3].item(as: Int.self) == 23)
        #expect(try tensor[-1, 0].array(as: Int.self) == [12, 13, 14, 15])
        #expect(try tensor[.all, 1..<3, 0].array(as: Int.self) == [4, 8, 16, 20])
        #expect(try tensor[0, .every(2)].shape == [2, 4])
        #expect(try tensor[.newAxis, 0, 0].shape == [1, 4])
        // A range out of bounds is clipped; an index out of bounds is an error.
        #expect(try tensor[0..<9].shape == [2, 3, 4])
        #expect(throws: TorchError.self) { try tensor[2] }
    }

    @Test("Index tensors and masks read and write elements") func indicesAndMasks() throws {
        let tensor = try Tensor.arange(0, 6, dtype: .float32).reshape([2, 3])
        let columns = try Tensor([2, 0])
        #expect(try tensor.indexed(by: [nil, columns]).array(as: Float.self) == [2, 0, 5, 3])
        #expect(try tensor.indexed(by: [tensor .> 2.5]).array(as: Float.self) == [3, 4, 5])
        try tensor.put(Tensor([10, 20] as [Float]), at: [Tensor([0, 1]), columns])
        #expect(try tensor.array(as: Float.self) == [0, 1, 10, 20, 4, 5])
        let chosen = try Tensor.where(tensor .> 9, tensor, tensor.zerosLike())
        #expect(try chosen.array(as: Float.self) == [0, 0, 10, 20, 0, 0])
    }

    @Test("Comparisons give Boolean tensors") func comparisons() throws {
        let (a, b) = (try Tensor([1, 2, 3]), try Tensor([3, 2, 1]))
        #expect(try (a .< b).array(as: Bool.self) == [true, false, false])
        #expect(try (a .== b).array(as: Bool.self) == [false, true, false])
        #expect(try (a .!= b).logicalNot().array(as: Bool.self) == [false, true, false])
        #expect(try (a .>= b).any().item(as: Bool.self))
        #expect(try !(a .<= b).all().item(as: Bool.self))
        let numbers = try Tensor([1, .nan, .infinity] as [Float])
        #expect(try numbers.isFinite().array(as: Bool.self) == [true, false, false])
    }

    @Test("Devices are read from PyTorch's notation") func devices() {
        #expect(Device("cpu") == .cpu)
        #expect(Device("cuda") == .cuda(0))
        #expect(Device("cuda:3")?.description == "cuda:3")
        for text in ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:999", "cpu:1"] { #expect(Device(text) == nil) }
    }
}
