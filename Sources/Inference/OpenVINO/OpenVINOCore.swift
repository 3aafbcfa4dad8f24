internal import COpenVINO
internal import Platform

/// OpenVINO's core: the library with its CPU plugin.
@ComputeActor
final class OpenVINOCore {
    /// The library's functions.
    nonisolated let library: OpenVINOLibrary
    /// OpenVINO's own handle.
    nonisolated(unsafe) let handle: OpaquePointer
    /// The version, such as `2026.4.1`.
    let version: String
    /// The full build name, such as `2026.4.1-22982-e213a147257-releases/2026/4`.
    let build: String

    static let device = "CPU"
    private static var shared: OpenVINOCore?

    /// The core of the process, created on first use.
    static func current() throws(InferenceError) -> OpenVINOCore {
        if let shared { return shared }
        let core = try OpenVINOCore(OpenVINOLibrary.standard())
        shared = core
        return core
    }

    init(_ library: OpenVINOLibrary) throws(InferenceError) {
        let ov = library.functions
        var identity = ov_version_t()
        try library.check(ov.get_openvino_version(&identity), "report its version")
        build = identity.buildNumber.map { String(cString: $0) } ?? "unknown"
        version = String(build.prefix { $0 != "-" })
        ov.version_free(&identity)

        var core: OpaquePointer?
        try library.check(ov.core_create(&core), "start")
        guard let core else { throw InferenceError(.failed, "OpenVINO created no core.") }
        self.library = library
        handle = core
    }

    deinit { library.functions.core_free(handle) }

    /// The CPU's capabilities: `FP32`, `BF16`, `INT8`, …
    var capabilities: [String] {
        get throws(InferenceError) { try property("OPTIMIZATION_CAPABILITIES").split(separator: " ").map(String.init) }
    }

    /// The CPU's name and capabilities.
    var machine: String {
        get throws(InferenceError) { try "\(property("FULL_DEVICE_NAME")) \(property("OPTIMIZATION_CAPABILITIES"))" }
    }

    /// Sets the properties of models that are imported from now on.
    func set(_ properties: OpenVINOProperties) throws(InferenceError) {
        let status = properties.withUnsafeProperties { properties, count in
            library.functions.core_set_properties(handle, Self.device, count, properties)
        }
        try library.check(status, "accept the settings \(properties.values)")
    }

    private func property(_ name: String) throws(InferenceError) -> String {
        let ov = library.functions
        var value: UnsafeMutablePointer<CChar>?
        try library.check(ov.core_get_property(handle, Self.device, name, &value), "read the CPU's \(name)")
        guard let value else { return "" }
        defer { ov.free(value) }
        return String(cString: value)
    }
}
