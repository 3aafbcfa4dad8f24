internal import StudioProject

/// An edit as the page sends it: `{"kind": "label", "photos": [1, 2], "class": 3}`.
struct PageEdit: Decodable {
    /// The answer.
    struct Applied: Encodable, Sendable {
        let revision: Int
        let summary: EditSummary
        @OrNull var created: Int?

        init(revision: Int, summary: EditSummary, created: Int?) {
            (self.revision, self.summary) = (revision, summary)
            self.created = created
        }
    }

    /// The answer to undo and redo.
    struct Undone: Encodable, Sendable {
        @OrNull var summary: EditSummary?
        let revision: Int
    }

    private enum Key: String, CodingKey {
        case kind, photos, labels, `class`, classes, into, name, split, finding
    }

    let edit: Edit

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        // A class or split that is missing is an error; one that is `null` takes it away.
        func value<Value: Decodable>(_ key: Key, _: Value.Type = Value.self) throws -> Value {
            try values.decode(Value.self, forKey: key)
        }
        let kind: String = try value(.kind)
        edit =
            switch kind {
            case "label": .label(try value(.photos), classID: try value(.class))
            case "relabel": .relabel(try Self.labels(try value(.labels), in: values))
            case "addClass": .addClass(name: try value(.name))
            case "renameClass": .renameClass(try value(.class), name: try value(.name))
            case "mergeClasses": .mergeClasses(try value(.classes), into: try value(.into))
            case "deleteClass": .deleteClass(try value(.class))
            case "remove": .remove(try value(.photos))
            case "restore": .restore(try value(.photos))
            case "split": .split(try value(.photos), try value(.split))
            case "dismiss": .dismiss(try value(.photos), try value(.finding))
            default:
                throw DecodingError.dataCorruptedError(
                    forKey: .kind, in: values, debugDescription: "there is no such kind of edit")
            }
    }

    private static func labels(
        _ labels: [String: Int], in values: KeyedDecodingContainer<Key>
    ) throws -> [Int: Int] {
        try labels.reduce(into: [:]) { result, label in
            guard let photo = Int(label.key) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .labels, in: values, debugDescription: "a photo is not a number")
            }
            result[photo] = label.value
        }
    }
}
