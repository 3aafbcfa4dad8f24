internal import Apus
internal import Classifier
internal import Drawing
internal import LibC
internal import Platform
internal import StudioProject

/// The images that explain predictions (Grad-CAM), kept as PNG files.
final class ExplanationStore: Sendable {
    /// The number of files that are kept, and how many are removed at once.
    private static let (capacity, removed) = (500, 100)

    private let project: Project
    private let models: RunModels

    init(_ project: Project, _ models: RunModels) { (self.project, self.models) = (project, models) }

    /// Returns the PNG file that explains a run's prediction for a photo.
    ///
    /// - Parameter label: the class that is explained, an index of the run's classes; nil for the predicted one.
    /// - Throws: `StudioError` without LibTorch or the libraries that draw, and for a class that does not exist.
    func image(of id: Int, by run: String, class label: Int?) async throws -> [UInt8] {
        let model = try await models.model(of: run)
        let photo = try project.photo(id)
        let folder = project.path(inside: "explanations")
        let path = "\(folder)/\(run)-\(model.version)-\(id)-\(photo.version)-\(label.map { "\($0)" } ?? "best").png"
        if let bytes = try? fileBytes(path) { return bytes }
        let image = try await onOwnThread("explain") { try fileBytes(project.absolutePath(of: photo)) }
        let bytes = try await Self.image(explaining: image, by: model, class: label)
        if !project.isReadOnly {
            try await onOwnThread("explain") {
                try makeFolder(folder)
                try writeAtomically(to: path, flushes: false) { try $0.write(bytes) }
                removeOldest(in: folder)
            }
        }
        return bytes
    }

    /// Returns the PNG file that explains the prediction for an image.
    ///
    /// - Throws: `StudioError` without LibTorch or the libraries that draw, and if the bytes are not an image.
    static func image(explaining image: [UInt8], by model: RunModel, class label: Int? = nil) async throws -> [UInt8] {
        var options = ExplanationOptions()
        if let label {
            guard model.classifier.classes.indices.contains(label) else {
                throw StudioError(
                    .invalid, "the run has \(model.classifier.classes.count) classes, but no class \(label)")
            }
            options.target = .index(label)
        }
        do {
            return try await model.classifier.explanationImage(of: image, options: options)
        } catch let error as DrawingError {
            throw StudioError(.unavailable, "\(error)")
        } catch {
            throw StudioError(ofModel: error)
        }
    }

    private func removeOldest(in folder: String) {
        guard let names = try? entryNames(of: folder), names.count > Self.capacity else { return }
        let dated = names.map { (FilePath("\(folder)/\($0)").status()?.modified ?? 0, $0) }
        for (_, name) in dated.sorted(by: { $0 < $1 }).prefix(names.count - Self.capacity + Self.removed) {
            try? removeFile("\(folder)/\(name)")
        }
    }
}
