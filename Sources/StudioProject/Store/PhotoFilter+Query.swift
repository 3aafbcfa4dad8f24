extension PhotoFilter {
    /// What the passing photos depend on.
    var aspects: Aspects {
        var aspects: Aspects = [.removal, .files]
        if classID != nil || isLabeled != nil || order == .class { aspects.insert(.labels) }
        if split != .any { aspects.insert(.splits) }
        if state != nil { aspects.insert(.states) }
        if let finding { aspects.formUnion(VisibleFindings.aspects(finding)) }
        return aspects
    }

    /// The query for the numbers of the passing photos, in order.
    var query: (sql: String, values: [SQLValue]) {
        var conditions = ["p.removed = \(isRemoved ? 1 : 0)"]
        var values: [SQLValue] = []
        conditions.append(state.map { "p.state = \($0.number)" } ?? "p.state <> \(Photo.State.missing.number)")
        if let classID {
            conditions.append("p.class = ?")
            values.append(.integer(classID))
        }
        if let isLabeled { conditions.append("p.class IS \(isLabeled ? "NOT " : "")NULL") }
        switch split {
        case .any: break
        case .none: conditions.append("p.split IS NULL")
        case .one(let split): conditions.append("p.split = \(split.number)")
        }
        if let text, !text.isEmpty {
            conditions.append("instr(p.search, ?) > 0")
            values.append(.text(text.lowercased()))
        }
        if let finding {
            conditions.append("p.id IN (SELECT p.id \(VisibleFindings.source))")
            values.append(.text(finding.rawValue))
        }
        if let ids {
            conditions.append("p.id IN (SELECT value FROM json_each(?))")
            values.append(.text("[" + ids.map(String.init).joined(separator: ",") + "]"))
        }
        let order =
            switch order {
            case .path: "p.path"
            case .added: "p.id DESC"
            // The order of classes is that of their numbers.
            case .class: "p.class IS NULL, p.class, p.path"
            }
        return (
            "SELECT p.id FROM photos p WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order)", values
        )
    }
}

/// The findings that the user sees.
enum VisibleFindings {
    /// The part of a query after its columns, with the kind as its parameter.
    ///
    /// Findings are hidden if they are dismissed, if their photo is removed or missing, and if what they say is settled
    /// already: the label is another one, the photo is in another split, or no other photo of the group is left. With
    /// CROSS JOIN, SQLite looks photos up in this order; otherwise it may go through all of them for each finding.
    static let source = """
        FROM findings f CROSS JOIN photos p ON p.id = f.photo
        WHERE f.kind = ? AND p.removed = 0 AND p.state <> 3
        AND NOT EXISTS (SELECT 1 FROM dismissals d WHERE d.photo = f.photo AND d.kind = f.kind)
        AND (f.others IS NULL OR EXISTS (SELECT 1 \(group)))
        AND (f.kind NOT IN ('label', 'mistake') OR f.class IS p.class)
        AND (f.kind <> 'leak' OR f.split IS p.split)
        """

    /// The other photos of a finding, separated by commas: those that are left, and not dismissed themselves.
    static let others = "(SELECT group_concat(o.value) \(group))"

    private static let group = """
        FROM json_each(f.others) o CROSS JOIN photos q ON q.id = o.value
        WHERE q.removed = 0 AND q.state <> 3
        AND NOT EXISTS (SELECT 1 FROM dismissals e WHERE e.photo = q.id AND e.kind = f.kind)
        """

    /// What the findings of a kind depend on.
    static func aspects(_ kind: FindingKind) -> Aspects {
        let all: Aspects = [.findings, .removal, .files]
        return switch kind {
        case .label, .mistake: all.union(.labels)
        case .leak: all.union(.splits)
        default: all
        }
    }
}
