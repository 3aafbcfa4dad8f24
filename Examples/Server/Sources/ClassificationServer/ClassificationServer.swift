// Runs the server of Apus next to a server of one's own, in one program, without LibTorch:
//
//     swift run --package-path Examples/Server server MODEL [PORT]
//     curl --data-binary @photo.jpg http://127.0.0.1:8080/classify
//     curl http://127.0.0.1:8090/
//
// MODEL is the model file of a training run, such as best.safetensors. The port of the other server is ten higher.
// SIGTERM and Ctrl-C end both servers when the accepted requests are answered.

import ApusServer
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle

@main
struct ClassificationServer {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard (1...2).contains(arguments.count), let port = arguments.count == 1 ? 8080 : Int(arguments[1]) else {
            print("usage: server MODEL [PORT]")
            exit(2)
        }
        do {
            try await serve(arguments[0], port: port)
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    static func serve(_ model: String, port: Int) async throws {
        let logger = Logger(label: "server")
        var configuration = ServingConfiguration()
        configuration.models = [try ModelSpecification(argument: model)]
        configuration.port = port
        configuration.grpcPort = nil
        let classifiers = try ApusServer(configuration, logger: logger)

        // What the program does itself: here, a page that links to the one of the classifiers.
        let router = Router()
        router.get("/") { _, _ in "Classify a photo at http://127.0.0.1:\(port)/\n" }
        let own = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port + 10)))

        try await ServiceGroup(
            services: [classifiers, own], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}
