extension Project {
    /// Replaces all findings of some kinds by those of a new check. It is not part of undo. Dismissed findings stay
    /// dismissed.
    ///
    /// - Throws: `ProjectError` if a photo does not exist, or if a finding is of another kind.
    package func replaceFindings(of kinds: [FindingKind], by findings: [Finding]) throws(ProjectError) {
        try withState { state throws(ProjectError) in
            try state.change(.findings, isEdit: false) { () throws(ProjectError) in
                for kind in kinds {
                    try state.database.run("DELETE FROM findings WHERE kind = ?", .text(kind.rawValue))
                }
                for finding in findings where kinds.contains(finding.kind) { try state.add(finding) }
            }
        }
    }

    /// A part of the findings of a kind, the worst first, without those that are dismissed or settled, and without
    /// removed and missing photos.
    package func findings(
        _ kind: FindingKind, offset: Int = 0, limit: Int = .max
    ) throws(ProjectError) -> [Finding] {
        try withState { state throws(ProjectError) in
            try state.findings(
                VisibleFindings.source + " ORDER BY f.score DESC, f.photo LIMIT ? OFFSET ?",
                [.text(kind.rawValue), .integer(max(limit, 0)), .integer(max(offset, 0))])
        }
    }

    /// The findings of a photo that are neither dismissed nor settled, by kind.
    package func findings(of photo: Int) throws(ProjectError) -> [Finding] {
        try withState { state throws(ProjectError) in
            var all: [Finding] = []
            for kind in FindingKind.allCases {
                all += try state.findings(
                    VisibleFindings.source + " AND f.photo = ?", [.text(kind.rawValue), .integer(photo)])
            }
            return all
        }
    }

    /// The numbers of findings of each kind that has some, counted as in `findings`.
    package var findingCounts: [FindingKind: Int] {
        let found = try? withState { state throws(ProjectError) in
            for kind in FindingKind.allCases where state.findingCounts[kind] == nil {
                state.findingCounts[kind] = try state.database.first(
                    "SELECT count(*) " + VisibleFindings.source, .text(kind.rawValue)
                ) { $0[0] }
            }
            return state.findingCounts.filter { $0.value > 0 }
        }
        return found ?? [:]
    }
}

extension ProjectState {
    fileprivate func add(_ finding: Finding) throws(ProjectError) {
        let photo = try cell(of: finding.photo)
        let others = finding.others.map(String.init).joined(separator: ",")
        try database.run(
            """
            INSERT OR REPLACE INTO findings(photo, kind, score, likely, probability, others, note, class, split)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(finding.photo), .text(finding.kind.rawValue), .real(finding.score),
            SQLValue(finding.likelyClass), SQLValue(finding.probability), others.isEmpty ? nil : .text("[\(others)]"),
            SQLValue(finding.note), SQLValue(photo.label), SQLValue(photo.split?.number))
    }

    /// - Parameter source: The part of the query after its columns.
    fileprivate func findings(_ source: String, _ values: [SQLValue]) throws(ProjectError) -> [Finding] {
        let known = Set(classes.map(\.id))
        return try database.rows(
            "SELECT f.photo, f.kind, f.score, f.likely, f.probability, \(VisibleFindings.others), f.note " + source,
            values
        ) { row in
            Finding(
                photo: row[0], kind: FindingKind(rawValue: row.text(1) ?? "") ?? .odd, score: row.real(2) ?? 0,
                likelyClass: row.integer(3).flatMap { known.contains($0) ? $0 : nil }, probability: row.real(4),
                others: (row.text(5) ?? "").split(separator: ",").compactMap { Int($0) },
                note: row.text(6))
        }
    }
}
