/// The names of shared libraries.
package enum SharedLibrary {
    /// The file name of a library: `libexample.so` for `libexample`, with the ending of this system.
    package static func name(of library: String) -> String {
        library + ending
    }

    /// Whether a file name is that of a library, alone or with a version: `libexample.so.2`, and `libexample.2.dylib`
    /// on macOS.
    package static func isName(_ file: String, of library: String) -> Bool {
        #if canImport(Darwin)
            return file == name(of: library) || file.hasPrefix(library + ".") && file.hasSuffix(ending)
        #else
            return file == name(of: library) || file.hasPrefix(name(of: library) + ".")
        #endif
    }

    private static var ending: String {
        #if canImport(Darwin)
            return ".dylib"
        #else
            return ".so"
        #endif
    }
}
