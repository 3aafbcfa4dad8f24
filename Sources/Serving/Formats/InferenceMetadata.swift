/// What a server reports of itself in the Open Inference Protocol, version 2: the answer of `GET /v2`.
package struct ServerMetadata: Sendable, Codable, Hashable {
    /// The name of the server.
    package let name: String
    /// The version of the server.
    package let version: String
    /// The extensions of the protocol that the server has.
    package let extensions: [String]

    /// Creates the metadata of this server.
    package init(version: String) {
        (name, self.version, extensions) = ("apus", version, ["binary_tensor_data"])
    }
}

/// What a server reports of a model in the Open Inference Protocol, version 2: the answer of `GET /v2/models/NAME`.
package struct ModelMetadata: Sendable, Codable, Hashable {
    /// An input or output; -1 stands for any number of images.
    package struct Tensor: Sendable, Codable, Hashable {
        /// The name.
        package let name: String
        /// The type of the elements.
        package let datatype: String
        /// The shape.
        package let shape: [Int]
    }

    /// The name of the model.
    package let name: String
    /// The versions of the model.
    package let versions: [String]
    /// The engine.
    package let platform: String
    /// The inputs, of which a request sends one.
    package let inputs: [Tensor]
    /// The outputs.
    package let outputs: [Tensor]

    /// Creates the metadata of a classifier.
    ///
    /// - Parameters:
    ///   - name: the name of the model.
    ///   - versions: the versions of the model.
    ///   - side: the width and height of the model's input in pixels.
    ///   - classes: the number of classes.
    package init(name: String, versions: [String], side: Int, classes: Int) {
        (self.name, self.versions, platform) = (name, versions, "openvino")
        inputs = [
            Tensor(name: "image", datatype: "BYTES", shape: [-1]),
            Tensor(name: "pixels", datatype: "UINT8", shape: [-1, side, side, 3]),
        ]
        outputs = InferenceOutput.allCases.map { output in
            let width =
                switch output {
                case .probabilities, .logits: classes
                case .label, .index: 1
                }
            return Tensor(name: output.rawValue, datatype: output.datatype, shape: [-1, width])
        }
    }
}
