internal import CTorch

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Tensor: CustomStringConvertible {
    /// The elements as LibTorch prints them.
    public var description: String {
        var text: UnsafeMutablePointer<CChar>?
        guard ctorch_tensor_description(handle, &text) == CTORCH_OK, let text else { return summary }
        defer { free(text) }
        return String(cString: text)
    }
}
