import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import Classifier
@testable import TorchVision

@TensorActor
@Suite("Head descriptions") struct HeadTests {
    @Test("The text and the value of a head are equal") func roundTrip() throws {
        let head = Head([.linear(4096), .relu, .dropout(0.5), .linear(512, hasBias: false), .relu])
        #expect(try Head("4096,relu,dropout:0.5,linear:512 bias=false,relu") == head)
        #expect(head.description == "4096,relu,dropout:0.5,linear:512 bias=false,relu")
        #expect(try JSON.decode(Head.self, JSON.encode(head)) == head)
        #expect(try Head(" ") == .lastLayer)
        #expect(try JSON.decode(Head.self, JSON.encode(Head.lastLayer)) == .lastLayer)
        #expect(throws: DecodingError.self) { try JSON.decode(Head.self, #""4096,relo""#) }
    }

    @Test(
        "The last linear layer has one output per class",
        arguments: [("16,relu,dropout:0.5", 3), ("16,relu,5", 2), ("5", 1), ("batchnorm,16,gelu,linear:classes", 2)]
    )
    func lastLayer(_ text: String, parameters: Int) throws {
        let head = try Head(text)
        let module = try head.makeModule(inputs: 8, classes: 5)
        module.eval()
        #expect(try module(Formula.tensor([2, 8])).shape == [2, 5])
        let count = module.parameters.reduce(0) { $0 + $1.count }
        #expect(try head.parameterCount(inputs: 8, classes: 5) == count)
    }

    /// Layers draw weights in order, as an `nn.Sequential` of `nn.Linear`. A separate process keeps other tests from
    /// drawing random numbers.
    @Test("Layers are named and initialized as in PyTorch") func namesAndInitialization() async {
        await #expect(processExitsWith: .success) {
            try RandomState.seed(3)
            let module = try Head("16,relu,dropout:0.5").makeModule(inputs: 8, classes: 5)
            #expect(module.stateDict.map(\.name) == ["0.weight", "0.bias", "3.weight", "3.bias"])
            try RandomState.seed(3)
            for layer in [try Linear(8, 16), try Linear(16, 5)].flatMap(\.parameters).enumerated() {
                try expectClose(module.parameters[layer.offset], layer.element, within: 0)
            }
        }
    }

    @Test("The error for a last layer of another size names both sizes") func outputCount() throws {
        let error = #expect(throws: HeadError.self) { try Head("16,relu,7").makeModule(inputs: 8, classes: 5) }
        #expect(error?.description.contains("7 outputs") == true)
        #expect(error?.description.contains("5 classes") == true)
    }

    @Test("The error for a layer that takes no features names it") func unsuitableLayer() throws {
        let error = #expect(throws: HeadError.self) { try Head("16,conv:8:3").makeModule(inputs: 8, classes: 5) }
        for word in ["layer 2", "'conv:8:3'", "16 features"] {
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        }
        let classes = #expect(throws: HeadError.self) { try Head("linear:classes,7").makeModule(inputs: 8, classes: 5) }
        #expect(classes?.description.contains("7 outputs") == true)
    }

    @Test("A module without linear layers is accepted unchecked") func customModule() throws {
        let network = try SmallCNN(classes: 3)
        try network.replaceHead(with: Identity(), classes: 4096)
        network.eval()
        #expect(try withInferenceMode { try network(Tensor.zeros([1, 3, 256, 256])) }.shape == [1, 4096])
    }
}
