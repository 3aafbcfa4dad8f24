internal import LibC

/// Whether this process ignores a signal.
package func isSignalIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // `SIG_IGN` is the address 1 on every system. Swift cannot compare functions.
    #if canImport(Darwin)
        return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
    #elseif canImport(Musl)
        return unsafeBitCast(action.__sa_handler.sa_handler, to: Int.self) == 1
    #else
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    #endif
}
