internal import TorchNN

/// The two layers that follow attention in a transformer, `0` and `3`, as `torchvision.ops.MLP` with GELU between them;
/// initialised as torchvision's transformers do. Nothing is dropped, which is torchvision's default.
func makeTransformerMLP(_ size: Int, hidden: Int) throws -> Sequential {
    let layers = [try Linear(size, hidden), try Linear(hidden, size)]
    for layer in layers {
        try Initialization.xavierUniform(layer.weight)
        if let bias = layer.bias { try Initialization.normal(bias, standardDeviation: 1e-6) }
    }
    return Sequential(layers[0], GELU(), Dropout(0), layers[1], Dropout(0))
}
