internal import ArgumentParser
internal import Foundation

/// The flags that the command line has. One that repeats its default is given all the same.
struct GivenFlags {
    /// `--lr` and so on, in their order.
    let names: [String]

    /// The long flags among arguments, by default those of the process.
    init(_ arguments: some Sequence<String> = ProcessInfo.processInfo.arguments.dropFirst()) {
        names = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { argument in
            String(argument.prefix { $0 != "=" })
        }
    }

    /// Those of some flags that are given.
    func among(_ flags: [String]) -> [String] { names.filter(flags.contains) }

    /// Refuses flags that have no effect with the other flags.
    ///
    /// - Parameters:
    ///   - flags: the flags in question.
    ///   - isIdle: whether they have no effect.
    ///   - reason: what they need, or why they have none.
    /// - Throws: `ValidationError` with those that are given.
    func refuse(_ flags: String..., where isIdle: Bool, _ reason: @autoclosure () -> String) throws {
        let given = among(flags)
        guard isIdle, !given.isEmpty else { return }
        throw ValidationError("\(given.joined(separator: ", ")): no effect here; \(reason()).")
    }
}
