internal import ArgumentParser
internal import Platform

/// Suggestions for mistyped subcommands and values of options. ArgumentParser has those for mistyped options.
enum Suggestions {
    /// Returns the error for arguments that name no subcommand where one is needed; nil if they do.
    static func unknownCommand(_ arguments: [String], in root: any ParsableCommand.Type) -> String? {
        var (command, path) = (root, [root.configuration.commandName ?? ""])
        // 'apus help COMMAND' takes the same names, and 'apus help help' is ArgumentParser's own.
        var names = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
        if arguments.first == "help", names.first == "help" { return nil }
        while let name = names.popFirst(), !name.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            let subcommands = command.configuration.subcommands
            if let next = subcommands.first(where: { $0.configuration.commandName == name }) {
                (command, path) = (next, path + [name])
                continue
            }
            let known = subcommands.filter { $0.configuration.shouldDisplay }
                .compactMap { $0.configuration.commandName }
            let likely = (known + (path.count == 1 ? ["help"] : [])).likelyMeant(by: name)
            let all = known.dropLast().joined(separator: ", ") + " and " + (known.last ?? "")
            let place = path.joined(separator: " ")
            let hint = likely.isEmpty ? "The commands are \(all)." : likely.question
            return """
                Error: Unknown command '\(name.printable)'. \(hint)
                Usage: \(place) <subcommand>
                  See '\(place) --help' for more information.
                """
        }
        return nil
    }

    /// The words of options with a notation, which ArgumentParser does not know.
    private static let words = ["--strategy": ["auto", "frozen", "last:2", "all", "gradual:1"]]

    /// Returns the message of ArgumentParser with a suggestion for a value that none of the possible ones is equal to.
    static func completing(_ message: String) -> String {
        let error = message.prefix { $0 != "\n" }
        let start = "Error: The value '"
        guard error.hasPrefix(start), let end = error.firstRange(of: "' is invalid for '"),
            let close = error[end.upperBound...].firstIndex(of: "'")
        else { return message }
        let value = String(error[error.index(error.startIndex, offsetBy: start.count)..<end.lowerBound])
        let option = String(error[end.upperBound..<close].prefix { $0 != " " })
        let rest = message[message.index(after: close)...]
        let likely = (words[option] ?? values(in: rest)).likelyMeant(by: value)
        guard !likely.isEmpty else { return message }
        let further = rest.hasPrefix(".") ? rest.dropFirst() : rest
        return "\(message[...close]). \(likely.question)\(further)"
    }

    /// The possible values, which are in one sentence, or each on a line.
    private static func values(in text: Substring) -> [String] {
        guard let list = text.firstRange(of: "Please provide one of") else { return [] }
        let sentence = text[list.upperBound...].prefix { $0 != "\n" }
        let quoted = sentence.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        guard quoted.isEmpty else { return quoted }
        return text[sentence.endIndex...].split(separator: "\n").prefix { $0.hasPrefix("  - ") }
            .map { String($0.dropFirst(4)) }
    }
}

extension [String] {
    /// The question as a sentence.
    fileprivate var question: String { didYouMean.prefix(1).uppercased() + didYouMean.dropFirst() }
}
