internal import Classifier
internal import Images
internal import Platform
internal import Serving
internal import StudioProject

extension StudioError {
    /// The error for the page of an error of any layer.
    init(describing error: any Error) {
        switch error {
        case let error as StudioError: self = error
        case let error as ProjectError:
            let code: Code =
                switch error.code {
                case .unknownPhoto, .unknownClass, .missingFile: .notFound
                case .invalidEdit, .unsupportedData: .invalid
                case .inUse: .conflict
                case .readOnly, .outside: .forbidden
                default: .failed
                }
            self.init(code, error.message)
        case let error as ServingError:
            self.init(error.code == .bodyTooLarge ? .tooLarge : .invalid, error.message)
        case let error as ImageError: self.init(.invalid, "\(error)")
        case let error as DatasetError: self.init(.invalid, "\(error)")
        default: self.init(.failed, "\(error)")
        }
    }
}
