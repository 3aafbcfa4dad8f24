internal import Foundation
@_exported public import TestSupport
public import Torch

extension Goldens {
    /// A safetensors file: each tensor by its name.
    public static func tensors(_ path: String) throws -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: try Checkpoint.read(url(path).path).entries.map { ($0.name, $0.tensor) })
    }
}
