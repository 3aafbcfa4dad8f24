// Classifies images that are uploaded over HTTP, without LibTorch:
//
//     swift run --package-path Examples/Server server MODEL [PORT]
//     curl --data-binary @photo.jpg http://127.0.0.1:8080/classify
//
// MODEL is the model file of a training run, such as best.safetensors. The answer is the prediction as JSON. Its status
// is 400 for a file that is not an image, and 413 for more than 16 MB. The server accepts connections of this machine
// only: for others, put a web server with TLS in front of it.

import Classifier
import Foundation
import Hummingbird

@main
struct ClassificationServer {
    /// The largest upload in bytes.
    static let largestUpload = 16 * 1024 * 1024

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard (1...2).contains(arguments.count), let port = arguments.count == 1 ? 8080 : Int(arguments[1]) else {
            print("usage: server MODEL [PORT]")
            exit(2)
        }
        do {
            let classifier = try await ImageClassifier(contentsOf: arguments[0])
            // The network is compiled now, not at the first request.
            try await classifier.prepare(forImages: 1)
            let configuration = ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
            try await Application(router: router(for: classifier), configuration: configuration).runService()
        } catch {
            print("error: \(error)")
            exit(1)
        }
    }

    /// Requests are read at the same time. The classifier computes one after the other, each on all cores.
    static func router(for classifier: ImageClassifier) -> Router<BasicRequestContext> {
        let router = Router()
        router.post("classify") { request, context -> Response in
            let upload = try await request.body.collect(upTo: largestUpload)
            do {
                let prediction = try await classifier.predict(upload.readableBytesView, named: "upload")
                return try context.responseEncoder.encode(prediction, from: request, context: context)
            } catch let error as ApusError where error.code == .unreadableImage {
                throw HTTPError(.badRequest, message: error.message)
            }
        }
        return router
    }
}
