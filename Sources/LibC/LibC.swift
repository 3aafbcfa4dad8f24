// The C library of the system. This is the only file that imports it: others import `LibC`, and what differs between
// systems is in Sources/Platform.

#if canImport(Glibc)
    @_exported public import Glibc
#elseif canImport(Musl)
    @_exported public import Musl
#elseif canImport(Darwin)
    @_exported public import Darwin
#endif
