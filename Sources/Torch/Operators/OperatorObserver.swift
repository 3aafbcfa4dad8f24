/// A completed call of an operator.
package struct OperatorCall {
    /// The name with its overload: `aten::add.Tensor`.
    package let name: String
    /// The arguments as they were given, in the order of the schema.
    package let arguments: [OperatorValue]
    /// The results that are tensors.
    package let results: [Tensor]
}

/// Observes every operator that `body` calls on this thread, and every module that it enters and leaves.
///
/// Calls are reported after they complete, in order. Calls of the observer itself are not reported. Observers do not
/// nest: only the innermost one receives calls.
///
/// - Parameters:
///   - observer: Receives each call. An error that it throws is thrown by the call.
///   - scope: Receives the start and end of each `withinScope`, with its object.
///   - body: The work to observe.
package func withOperatorObserver<Result>(
    _ observer: @escaping (OperatorCall) throws -> Void, scope: @escaping (ScopeEvent) -> Void = { _ in },
    _ body: () throws -> Result
) rethrows -> Result {
    try Observation.$current.withValue(Observation(observer, scope), operation: body)
}

/// The start or end of a part of the work.
package enum ScopeEvent {
    case entered(AnyObject)
    /// The result is nil if it is not a tensor or if the part failed.
    case left(result: Tensor?)
}

/// Runs a part of the work that an observer reports separately, such as a module's forward pass.
package func withinScope<Result>(of object: AnyObject, _ body: () throws -> Result) rethrows -> Result {
    guard let observation = Observation.current else { return try body() }
    observation.scope(.entered(object))
    var result: Tensor?
    defer { observation.scope(.left(result: result)) }
    let value = try body()
    result = value as? Tensor
    return value
}

/// The observer of a thread, which never leaves the thread.
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
