/// The network between processes on different machines.
package struct NetworkLink: Sendable, Equatable, Codable {
    /// The rate at which a process sends data and at the same time receives as much, in bytes per second: what
    /// programs such as iperf3 measure, without the headers of the packets.
    package let bytesPerSecond: Double
    /// The time of a short message in one direction, in seconds: half of what `ping` shows.
    package let latency: Double

    /// Creates a link with a rate in bytes per second, and a latency in seconds.
    package init(bytesPerSecond: Double, latency: Double) {
        (self.bytesPerSecond, self.latency) = (bytesPerSecond, latency)
    }
}

extension NetworkLink {
    /// The largest part of a chunk that Gloo sends at once, in bytes.
    private static let largestSegment = 1 << 20

    /// Returns the time in seconds of an all-reduce of this many bytes, in which every process has a machine of its
    /// own.
    ///
    /// The algorithm is the ring of P. Patarasuk and X. Yuan: Bandwidth optimal all-reduce algorithms for clusters of
    /// workstations, Journal of Parallel and Distributed Computing 69, 2009. Each process sends 2 (n - 1) / n times
    /// the bytes, the least that is possible, in two phases of n - 1 chunks.
    ///
    /// As in Gloo, a chunk is sent in at least two segments of at most 1 MiB, and two segments are on the way at any
    /// time: the next one is sent when the second last one has arrived. So the latency counts once in each phase as
    /// long as a segment takes longer than the latency. In small buffers, each chunk waits for the latency.
    package func allReduceSeconds(bytes: Int, processes: Int) -> Double {
        guard processes > 1, bytes > 0 else { return 0 }
        let needed = (bytes - 1) / Self.largestSegment + 1
        let perProcess = max(2, (needed - 1) / processes + 1)
        let segment = Double(bytes) / Double(perProcess * processes) / bytesPerSecond
        return 2 * phaseSeconds(segments: perProcess * (processes - 1), segment: segment)
    }

    /// Returns the time of a phase with this many segments, which take `segment` seconds each on the wire.
    private func phaseSeconds(segments: Int, segment: Double) -> Double {
        guard segment < latency else { return Double(segments) * segment + latency }
        let pairs = Double((segments + 1) / 2) * (segment + latency)
        return segments.isMultiple(of: 2) ? pairs + segment : pairs
    }
}
