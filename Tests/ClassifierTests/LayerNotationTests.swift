import Foundation
import Platform
import TestSupport
import Testing

@testable import Classifier

@Suite("Notation of layers") struct LayerNotationTests {
    @Test("Layers are read from their notation") func notation() throws {
        let layers = try LayerDescription.layers(
            in: "4096, relu,dropout:0.5 ,conv:16:3:stride=2 padding=same bias=false,maxpool:3 stride=2 ceil=true")
        var convolution = LayerDescription.Convolution(channels: 16, kernel: 3)
        (convolution.stride, convolution.padding, convolution.hasBias) = (2, 1, false)
        var window = LayerDescription.Window(side: 3)
        (window.stride, window.ceilMode) = (2, true)
        #expect(
            layers == [.linear(4096), .relu, .dropout(0.5), .convolution(convolution), .maxPool(window)])
    }

    @Test(
        "The description of a layer is its notation",
        arguments: [
            "linear:256", "linear:256 bias=false", "linear:classes", "conv:16:3", "maxpool:2",
            "avgpool:3 stride=2 padding=1",
            "conv:8:5 stride=2 padding=2 dilation=2 groups=4 bias=false", "maxpool:3 stride=2 ceil=true", "globalpool",
            "adaptivepool:6", "flatten", "batchnorm", "layernorm", "dropout:0.25", "relu", "relu6", "leakyrelu:0.2",
            "elu:1.0",
            "gelu", "silu", "hardswish", "tanh", "sigmoid",
        ])
    func roundTrip(_ text: String) throws {
        let layers = try LayerDescription.layers(in: text)
        #expect(layers.map(\.description) == [text])
        let json = try JSON.encode(layers)
        #expect(json == #"["\#(text)"]"#)
        #expect(try JSON.decode([LayerDescription].self, json) == layers)
    }

    @Test(
        "The error for an invalid layer names it",
        arguments: [
            (
                "256,relu,dropot:0.5",
                ["layer 3", "'dropot:0.5'", "unknown layer 'dropot'", "dropout:P", "conv:CHANNELS:KERNEL"]
            ),
            ("256,,relu", ["layer 2", "missing"]), ("256,", ["layer 2", "missing"]), ("", ["layer 1", "missing"]),
            ("-5", ["the number of outputs", "1 to 65536", "'-5'"]), ("0", ["'0'"]), ("65537", ["'65537'"]),
            ("999999999999999999999999", ["unknown layer"]),
            ("linear", ["the number of outputs is missing", "linear:N"]),
            ("linear:many", ["'many'"]), ("dropout:2", ["the probability", "0.0 to 1.0", "'2'"]),
            ("dropout:nan", ["'nan'"]),
            ("relu:3", ["unexpected '3'", "the notation is relu"]), ("conv:16", ["a kernel is missing"]),
            ("conv:16:3 strid=2", ["'strid=2'", "stride=N"]), ("conv:16:4 padding=same", ["odd kernel", "4"]),
            ("conv:16:3 bias=no", ["true or false", "'no'"]), ("conv:16:3 stride=0", ["stride", "'0'"]),
            ("maxpool:2 padding=2", ["padding", "0 to 1"]), ("conv:16:3 stride=2 stride=3", ["'stride=3'"]),
            ("adaptivepool:0", ["the side", "'0'"]), ("adaptivepool", ["the side is missing"]),
        ])
    func errors(_ text: String, _ words: [String]) throws {
        let error = try #require(throws: NotationError.self) { try LayerDescription.layers(in: text) }
        for word in words { #expect(error.description.contains(word), "\(error)") }
    }

    @Test("The error marks the invalid word")
    func excerpt() throws {
        let text = "256, conv:16:3 stride=0"
        let error = try #require(throws: NotationError.self) { try LayerDescription.layers(in: text) }
        #expect(error.column == 23 && error.excerpt == text + "\n                      ^")
        #expect(error.description.hasPrefix("layers, line 1, character 23: layer 2, 'conv:16:3 stride=0': stride "))
    }

    @Test("The documentation lists all layers") func documentation() throws {
        let manual = try String(contentsOf: Goldens.package.appending(path: "docs/own-networks.md"), encoding: .utf8)
        for form in LayerDescription.notation.split(separator: ", ").dropFirst() {
            #expect(manual.contains("`\(form.replacing("|", with: "\\|"))"), "\(form)")
        }
    }

    @Test(
        "A layer that needs a feature map refuses features",
        arguments: [
            ("conv:6:3", "a map", "8 features"), ("maxpool:2", "a map", "8 features"),
            ("globalpool", "a map", "8 features"),
        ])
    func featureMap(_ text: String, wanted: String, given: String) throws {
        let layer = try #require(LayerDescription.layers(in: text).first)
        let error = #expect(throws: LayerSizeError.self) { try layer.outputSize(for: .features(8), classes: 2) }
        #expect(error?.description.contains(wanted) == true && error?.description.contains(given) == true)
    }

    @Test(
        "The error for a map that does not fit names both sizes",
        arguments: [
            ("conv:6:9", ["9 x 9", "3 x 7 x 8"]), ("conv:6:3 dilation=4", ["9 x 9"]),
            ("maxpool:8", ["8 x 8", "3 x 7 x 8"]),
            ("conv:6:3 groups=2", ["2 groups", "3 input", "6 output"]),
            ("conv:7:3 groups=3", ["3 groups", "7 output"]),
            ("linear:5", ["flat features", "3 x 7 x 8", "flatten"]), ("layernorm", ["3 x 7 x 8", "flatten"]),
        ])
    func mapSize(_ text: String, words: [String]) throws {
        let layer = try #require(LayerDescription.layers(in: text).first)
        let map = FeatureSize.map(channels: 3, height: 7, width: 8)
        let error = #expect(throws: LayerSizeError.self) { try layer.outputSize(for: map, classes: 2) }
        for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
    }
}
