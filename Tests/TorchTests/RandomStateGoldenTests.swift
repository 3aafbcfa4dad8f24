import Testing
import Torch
import TorchTestSupport

/// LibTorch has one generator per process; a separate process keeps other tests from drawing random numbers.
@Suite("Random state") struct RandomStateGoldenTests {
    @Test("A seed gives PyTorch's random numbers") func seeds() async {
        await #expect(processExitsWith: .success) {
            let goldens = try Goldens.tensors("torch/operators.safetensors")
            try RandomState.seed(0)
            try expectClose(Tensor.rand([2, 3]), #require(goldens["random-uniform"]), within: 0)
            try expectClose(Tensor.randn([2, 3]), #require(goldens["random-normal"]), within: 0)
            try expectClose(Tensor.randperm(10), #require(goldens["random-permutation"]), within: 0)
        }
    }

    @Test("A saved state repeats the numbers") func savedState() async {
        await #expect(processExitsWith: .success) {
            let state = try RandomState.current()
            let numbers = try Tensor.randn([5])
            let next = try Tensor.randn([5])
            #expect(try maximumDifference(numbers, next) > 0)
            try RandomState.restore(state)
            try expectClose(Tensor.randn([5]), numbers, within: 0)
        }
    }
}
