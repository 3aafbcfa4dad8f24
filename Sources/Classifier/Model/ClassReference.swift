internal import Platform

/// A class as somebody asks for it: by its name or by its index, which are distinguished by type, since a name may look
/// like a number.
public enum ClassReference: Sendable, Hashable {
    /// The name of a class.
    case name(String)
    /// The place of a class in the order of the network's outputs, from 0.
    case index(Int)
}

extension ImageClassifier {
    /// The index of a class.
    ///
    /// - Throws: `ApusError` for a name that no class has, with those that come near; for one that several have, with
    ///   their indices; and for an index that is out of range.
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
                let near = Array(classes.nearest(to: name, count: 3))
                throw ApusError(
                    .unknownClass, name: name, suggestions: near, "there is no class named '\(name)'",
                    advice: "the nearest names are: \(near.joined(separator: ", "))")
            }
            guard found.count == 1 else {
                let indices = found.map(String.init)
                throw ApusError(
                    .ambiguousClass, name: name, suggestions: indices, "\(found.count) classes are named '\(name)'",
                    advice: "give the index of one: \(indices.joined(separator: ", "))")
            }
            return index
        }
    }

    /// The index of the class that a text in a command names. Text that is no name but an index counts as an index only
    /// where no class is named by a number, so that it cannot be taken for another name.
    ///
    /// - Throws: as `index(of:)` does.
    package nonisolated func reference(toClass text: String) throws(ApusError) -> ClassReference {
        if indices(named: text).isEmpty, let index = Int(text), !classes.contains(where: { Int($0) != nil }) {
            return .index(index)
        }
        return .name(text)
    }

    /// The classes of that name, or the one of which it is another name.
    package nonisolated func indices(named name: String) -> [Int] {
        if let place = aliases[name] { return [place] }
        return classes.indices.filter { classes[$0].utf8.elementsEqual(name.utf8) }
    }
}
