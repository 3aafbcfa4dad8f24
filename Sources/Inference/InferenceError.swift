/// Why an engine cannot answer.
public struct InferenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller may want to do about it.
    public enum Reason: Sendable, Hashable {
        /// The engine is not on this machine: use another one.
        case unavailable
        /// The processor lacks what the precision asks for: use float32.
        case unsupportedPrecision
        /// The model is not one that the engine takes.
        case invalidModel
        /// The compiled model is damaged, or was made for another version or machine: compile it anew.
        case invalidCompiledModel
        /// The pictures do not fit the model.
        case invalidInput
        /// The engine failed in its work.
        case failed
    }

    /// What kind of failure it is.
    public let reason: Reason
    /// What failed, why, and what to do.
    public let message: String

    /// Makes an error from its parts.
    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
