internal import Platform

/// A reference to a class by name or by index. A name may look like a number, so they are separate cases.
public enum ClassReference: Sendable, Hashable {
    /// The name of a class.
    case name(String)
    /// The index of a class in the order of the network's outputs, from 0.
    case index(Int)
}

extension ImageClassifier {
    /// Returns the index of a class.
    ///
    /// - Throws: `ApusError` for an unknown name, with similar names; for an ambiguous name, with the indices; and for
    ///   an index that is out of range.
    package nonisolated func index(of reference: ClassReference) throws(ApusError) -> Int {
        switch reference {
        case .index(let index):
            guard classes.indices.contains(index) else {
                throw ApusError(
                    .unknownClass, value: index, "there is no class with the index \(index)",
                    advice: "the \(classes.count) classes have the indices 0 to \(classes.count - 1)")
            }
            return index
        case .name(let name):
            let found = indices(named: name)
            guard let index = found.first else {
                let near = Array((classes + (description.displayNames ?? [])).nearest(to: name, count: 3))
                throw ApusError(
                    .unknownClass, name: name, suggestions: near, "there is no class named '\(name)'",
                    advice: "similar names: \(near.joined(separator: ", "))")
            }
            guard found.count == 1 else {
                let indices = found.map(String.init)
                throw ApusError(
                    .ambiguousClass, name: name, suggestions: indices, "\(found.count) classes have the name '\(name)'",
                    advice: "use an index: \(indices.joined(separator: ", "))")
            }
            return index
        }
    }

    /// Returns a reference to the class that a text in a command names. A number counts as an index only if no class
    /// has a number as its name.
    ///
    /// - Throws: the errors of `index(of:)`.
    package nonisolated func reference(toClass text: String) throws(ApusError) -> ClassReference {
        if indices(named: text).isEmpty, let index = Int(text), !classes.contains(where: { Int($0) != nil }) {
            return .index(index)
        }
        return .name(text)
    }

    /// Returns the indices of the classes with a name, an alias, or a display name.
    package nonisolated func indices(named name: String) -> [Int] {
        if let place = aliases[name] { return [place] }
        let found = indices(of: name, in: classes)
        return found.isEmpty ? indices(of: name, in: description.displayNames ?? []) : found
    }

    private nonisolated func indices(of name: String, in names: [String]) -> [Int] {
        names.indices.filter { names[$0].utf8.elementsEqual(name.utf8) }
    }
}
