internal import CTorch
internal import Platform

extension LibTorch {
    /// Whether LibTorch is loaded. A program that is linked with it has always loaded it.
    public static var isLoaded: Bool { ctorch_is_loaded() }

    /// Whether LibTorch can be used. Loads it.
    public static var isAvailable: Bool { (try? load()) != nil }

    /// Loads LibTorch, if it is not loaded yet.
    ///
    /// A program that depends on the library products of Apus is linked with LibTorch. The command `apus` opens
    /// `libApusTorch.so` instead: from the folder in the environment variable `APUS_LIBTORCH`, or from the loader's
    /// search path. Tensors load it, too, but end the process if that fails.
    ///
    /// - Throws: `TorchError` with the code `libraryUnavailable` if LibTorch is not installed, or `outOfMemory` if the
    ///   system limits the address space of the process below its needs.
    public static func load() throws(TorchError) {
        guard !isLoaded else { return }
        // The loader may end the process when it reaches the limit.
        guard AddressSpace.left() >= AddressSpace.libTorch else {
            throw TorchError(
                code: .outOfMemory,
                message: "LibTorch needs \(AddressSpace.libTorch >> 20) MiB of address space, but only "
                    + "\(AddressSpace.left() >> 20) MiB are left; raise the limit (ulimit -v)")
        }
        var reason = [CChar](repeating: 0, count: 1200)
        guard ctorch_load(&reason, reason.count) else {
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw TorchError(code: .libraryUnavailable, message: "LibTorch \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
