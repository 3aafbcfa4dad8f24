/// A call of an operator that has been made.
public struct OperatorCall {
    /// The name with its overload: `aten::add.Tensor`.
    public let name: String
    /// The arguments as they were given, in the order of the schema.
    public let arguments: [OperatorValue]
    /// The results that are tensors.
    public let results: [Tensor]
}

/// Tells of every operator that `body` calls on this thread, and of every module that it enters and leaves.
///
/// Calls are told after they were made, in order. What an observer itself calls is not told. Observers do not nest: the
/// innermost sees.
///
/// - Parameters:
///   - observer: what it throws, the call throws.
///   - scope: told of each object whose `withinScope` begins, and of its end.
///   - body: the operators in it are observed.
public func withOperatorObserver<Result>(
    _ observer: @escaping (OperatorCall) throws -> Void, scope: @escaping (ScopeEvent) -> Void = { _ in },
    _ body: () throws -> Result
) rethrows -> Result {
    try Observation.$current.withValue(Observation(observer, scope), operation: body)
}

/// A part of the work begins or ends.
public enum ScopeEvent {
    case entered(AnyObject)
    /// The result is nil where it is no tensor, or where the part failed.
    case left(result: Tensor?)
}

/// Runs a part of the work that an observer may want to know apart: a module's forward pass.
public func withinScope<Result>(of object: AnyObject, _ body: () throws -> Result) rethrows -> Result {
    guard let observation = Observation.current else { return try body() }
    observation.scope(.entered(object))
    var result: Tensor?
    defer { observation.scope(.left(result: result)) }
    let value = try body()
    result = value as? Tensor
    return value
}

/// The observer of a thread's work, which never leaves the thread.
final class Observation: @unchecked Sendable {
    @TaskLocal static var current: Observation?

    let scope: (ScopeEvent) -> Void
    private let observer: (OperatorCall) throws -> Void

    init(_ observer: @escaping (OperatorCall) throws -> Void, _ scope: @escaping (ScopeEvent) -> Void) {
        (self.observer, self.scope) = (observer, scope)
    }

    func see(_ call: OperatorCall) throws {
        try Self.$current.withValue(nil) { try observer(call) }
    }
}
