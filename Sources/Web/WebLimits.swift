/// The limits of a download.
package struct WebLimits: Sendable, Hashable {
    /// The number of seconds that may pass without a byte, or with fewer than 1,000 bytes per second.
    package var silentSeconds: Double

    /// The maximum number of seconds in all.
    package var seconds: Double

    /// The maximum number of bytes.
    package var maximumBytes: Int

    /// The maximum number of requests for a file that fails with an error that may pass.
    package var tries: Int

    /// The maximum number of simultaneous requests to a server.
    package var perHost: Int

    package init(
        silentSeconds: Double = 15, seconds: Double = 60, maximumBytes: Int = .max, tries: Int = 3, perHost: Int = 4
    ) {
        // 30 years, so that infinity can be counted in milliseconds.
        self.silentSeconds = min(1e9, silentSeconds)
        self.seconds = min(1e9, seconds)
        self.maximumBytes = maximumBytes
        self.tries = tries
        self.perHost = perHost
    }
}
