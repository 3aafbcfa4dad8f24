import Testing
import Torch

/// Failures are thrown with the operator and its arguments.
@Suite("Errors of operators") struct TorchErrorTests {
    @Test("The error for shapes that do not fit names them") func shapes() throws {
        let (a, b) = (try Tensor.zeros([2, 3]), try Tensor.zeros([4, 5], dtype: .float64))
        let error = #expect(throws: TorchError.self) { try a + b }
        #expect(error?.operatorName == "aten::add.Tensor")
        #expect(error?.arguments == ["float32[2, 3]", "float64[4, 5]"])
        #expect(error?.code == .operatorFailed)
        #expect(error?.description.hasPrefix("aten::add.Tensor(float32[2, 3], float64[4, 5]): ") == true)
        #expect(error?.message.contains("must match") == true)
        #expect(error?.message.contains("Exception raised from") == false)
    }

    @Test("The first call of an unknown operator is an error that names it") func unknownOperator() throws {
        let error = #expect(throws: TorchError.self) { try Operator("aten::no_such_thing")(try Tensor.zeros([1])) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "LibTorch has no operator aten::no_such_thing")
        #expect(throws: TorchError.self) { try Operator("aten::add.NoSuchOverload")(Tensor.zeros([1]), 1) }
    }

    @Test("Arguments are checked by number and type") func arguments() throws {
        let tensor = try Tensor.zeros([1])
        let tooMany = #expect(throws: TorchError.self) { try Operator("aten::relu")(tensor, 1) }
        #expect(tooMany?.message == "takes 1 arguments, not 2")
        let tooFew = #expect(throws: TorchError.self) { try Operator("aten::matmul")(tensor) }
        #expect(tooFew?.message == "needs the argument 'other'")
        #expect(throws: TorchError.self) { try Operator("aten::relu")("text") }
    }

    @Test("Defaults replace missing arguments") func defaults() throws {
        let tensor = try Tensor([3, 1, 2] as [Float])
        let sort = Operator("aten::sort")
        #expect(try sort.tensors(tensor)[0].array(as: Float.self) == [1, 2, 3])
        #expect(try sort.tensors(tensor, DefaultArgument(), true)[1].array(as: Int.self) == [0, 2, 1])
    }

    @Test("A lack of memory is an error") func memory() {
        let error = #expect(throws: TorchError.self) { try Tensor.empty([1 << 40, 1 << 10]) }
        #expect(error?.code == .outOfMemory)
    }
}
