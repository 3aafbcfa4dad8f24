import Foundation

/// A headless Chromium that a test controls through its DevTools protocol over a pipe, without an open port.
///
/// Each message is a JSON object that ends with a byte of 0. Used from one thread.
final class Browser {
    /// The path of the program, if it is installed.
    static let path = ["chromium", "chromium-browser", "google-chrome"].lazy
        .flatMap { name in
            (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/\(name)" }
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Requests of the page, and its errors.
    private(set) var requests: [String] = []
    private(set) var complaints: [String] = []

    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private var session: String?
    private var received = Data()
    private var lastNumber = 0
    private var hasLoaded = false

    /// Starts the browser with a window of this size; its files are in the folder.
    init(_ path: String, width: Int, height: Int, isDark: Bool = false, folder: URL) throws {
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            // The protocol uses the descriptors 3 and 4.
            "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
                + "--disable-background-networking --user-data-dir=\"$1\" --remote-debugging-pipe about:blank "
                + "3<&0 4>&1 </dev/null >/dev/null 2>/dev/null",
            path, folder.path,
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
        session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        for domain in ["Page", "Network", "Log", "Runtime"] { try call("\(domain).enable") }
        try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
        try call(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// Opens a file and waits until it has loaded.
    func open(_ file: URL) throws {
        hasLoaded = false
        try call("Page.navigate", ["url": file.absoluteString])
        while !hasLoaded { try take(receive()) }
    }

    /// The value of a JavaScript expression.
    @discardableResult
    func value<Value>(of expression: String, as type: Value.Type = Value.self) throws -> Value {
        let answer = try call(
            "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
        let result = answer["result"] as? [String: Any]
        guard answer["exceptionDetails"] == nil, let value = result?["value"] as? Value else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return value
    }

    /// Presses a key.
    func press(_ key: String) throws {
        for type in ["keyDown", "keyUp"] {
            try call("Input.dispatchKeyEvent", ["type": type, "key": key, "code": key])
        }
    }

    /// The page as PDF.
    func printed() throws -> Data {
        let answer = try call("Page.printToPDF", ["printBackground": true, "preferCSSPageSize": true])
        return Data(base64Encoded: answer["data"] as? String ?? "") ?? Data()
    }

    // MARK: The protocol

    @discardableResult
    private func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        lastNumber += 1
        var message: [String: Any] = ["id": lastNumber, "method": method, "params": parameters]
        message["sessionId"] = session
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        while true {
            let answer = try receive()
            guard answer["id"] as? Int == lastNumber else {
                take(answer)
                continue
            }
            if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    /// The next message, after at most half a minute.
    private func receive() throws -> [String: Any] {
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = received[received.startIndex..<end]
                received = Data(received[(end + 1)...])
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            let file = output.fileHandleForReading
            var waiting = pollfd(fd: file.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 30_000) > 0 else { throw Failure(description: "the browser does not answer") }
            let bytes = file.availableData
            guard !bytes.isEmpty else { throw Failure(description: "the browser has ended") }
            received += bytes
        }
    }

    /// Stores the events.
    private func take(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Page.loadEventFired": hasLoaded = true
        case "Network.requestWillBeSent":
            let url = (parameters["request"] as? [String: Any])?["url"] as? String ?? ""
            // The file's inline content is also reported as a request.
            if !url.hasPrefix("data:") { requests.append(url) }
        case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled":
            complaints.append("\(parameters)")
        default: break
        }
    }
}
