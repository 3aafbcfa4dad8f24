internal import COpenVINO
internal import Foundation
internal import Platform

/// OpenVINO's functions, from the library opened at run time.
final class OpenVINOLibrary: Sendable {
    /// The functions by name.
    let functions: copenvino_functions
    /// The location at which the library was searched.
    let path: String

    /// The library of the process, opened on first use. It stays open.
    static func standard() throws(InferenceError) -> OpenVINOLibrary { try opened.get() }

    private static let opened = Result { () throws(InferenceError) in
        try OpenVINOLibrary(
            folder: ProcessInfo.processInfo.environment["APUS_OPENVINO"].flatMap { $0.isEmpty ? nil : $0 })
    }

    /// Opens the library in `folder`, or without a folder from the loader's search path: the program's run path,
    /// `LD_LIBRARY_PATH` and the system's folders.
    init(folder: String?) throws(InferenceError) {
        path = try folder.map(Self.library) ?? Self.name
        var functions = copenvino_functions()
        var reason = [CChar](repeating: 0, count: 1024)
        guard copenvino_open(path, &functions, &reason, reason.count) else {
            let reason = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw InferenceError(
                .unavailable,
                "OpenVINO cannot be opened: \(reason). Install it and set APUS_OPENVINO to the folder of \(Self.name).")
        }
        self.functions = functions
    }

    private static let name = SharedLibrary.name(of: "libopenvino_c")

    /// The library in a folder. Its name may contain the version, as in OpenVINO's wheel.
    private static func library(in folder: String) throws(InferenceError) -> String {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw InferenceError(.unavailable, "APUS_OPENVINO=\(folder) is not a readable folder.")
        }
        guard let found = names.filter({ SharedLibrary.isName($0, of: "libopenvino_c") }).min() else {
            throw InferenceError(
                .unavailable,
                "APUS_OPENVINO=\(folder) has no \(name): set it to OpenVINO's library folder, or unset the variable.")
        }
        return "\(folder)/\(found)"
    }
}

extension OpenVINOLibrary {
    /// Throws the error that OpenVINO reported, unless `status` is success. `action` completes "OpenVINO cannot".
    func check(
        _ status: ov_status_e, _ action: @autoclosure () -> String, code: InferenceError.Code = .failed
    ) throws(InferenceError) {
        guard status != OK else { return }
        throw InferenceError(code, "OpenVINO cannot \(action()): \(words(for: status))")
    }

    /// OpenVINO's message about its last failure, on one line and without source locations.
    private func words(for status: ov_status_e) -> String {
        var lines: [Substring] = []
        if let message = functions.get_last_err_msg() {
            lines = String(cString: message).split(whereSeparator: \.isNewline)
            functions.free(message)
        }
        let words = lines.filter { !$0.hasPrefix("Exception from ") }.joined(separator: " ")
        if !words.isEmpty { return words }
        return functions.get_error_info(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    }
}
