internal import LibC
internal import Platform
internal import TorchVision

/// Whether weights can be downloaded.
enum Reachability {
    /// The time after which an answer is asked for again.
    private static let validity = Duration.seconds(30)

    private struct Answer {
        /// Whether the name of the host can be resolved; nil while this is not known yet.
        var isKnown: Bool?
        let time = ContinuousClock.now
    }

    private static let answers = Monitor<[String: Answer]>([:])

    /// Whether weights are in the mirror, or the name of their server can be resolved. If that is not known within a
    /// second, or if there is a proxy, they probably are.
    static func mayFetch(_ file: WeightsFile, by store: WeightsStore) -> Bool {
        if let mirror = store.mirror {
            guard !mirror.contains("://"), !fileExists(mirror + "/" + file.fileName) else { return true }
        }
        let proxies = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        guard !proxies.contains(where: { (name: String) in getenv(name) != nil }),
            let start = file.url.firstRange(of: "://")?.upperBound
        else { return true }
        return resolves(String(file.url[start...].prefix { $0 != "/" && $0 != ":" }))
    }

    private static func resolves(_ host: String) -> Bool {
        let isAsked = answers.withLock { answers in
            if let answer = answers[host], ContinuousClock.now - answer.time < validity { return true }
            answers[host] = Answer()
            return false
        }
        if !isAsked {
            // Without a network the system may try for many seconds.
            _ = WorkerThread.start("resolve") {
                var result: UnsafeMutablePointer<addrinfo>?
                let code = getaddrinfo(host, "443", nil, &result)
                if let result { freeaddrinfo(result) }
                answers.withLock { $0[host]?.isKnown = code == 0 }
            }
        }
        for _ in 0..<50 {
            if let isKnown = answers.withLock({ $0[host]?.isKnown }) { return isKnown }
            usleep(20_000)
        }
        return true
    }
}
