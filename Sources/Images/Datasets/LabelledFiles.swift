internal import Platform

/// Image files whose labels come from a table, a list or a pattern; an image may have several labels, or none.
public struct LabelledFiles: ImageDataset {
    /// The names of the classes.
    public let classNames: [String]

    /// Whether images may have several labels.
    public let isMultiLabel: Bool

    private let files: [FilePath]
    private let values: [Int32]
    /// Where each image's labels begin in `values`; empty where each has exactly one.
    private let starts: [Int]

    /// A file and the names of its classes.
    struct Entry {
        let file: FilePath
        let labels: [String]
    }

    /// `classNames` has all labels; one that it has not is left out.
    init(_ entries: [Entry], classNames: [String], isMultiLabel: Bool) {
        let places = Dictionary(
            classNames.enumerated().map { (Array($1.utf8), Int32($0)) }, uniquingKeysWith: { first, _ in first })
        var values: [Int32] = []
        var starts: [Int] = []
        for entry in entries {
            starts.append(values.count)
            for place in entry.labels.compactMap({ places[Array($0.utf8)] })
            where !values[(starts.last ?? 0)...].contains(place) {
                values.append(place)
            }
        }
        self.classNames = classNames
        self.isMultiLabel = isMultiLabel
        files = entries.map(\.file)
        self.values = values
        self.starts = isMultiLabel ? starts + [values.count] : []
    }

    /// The labels of all entries, each once, in the order of their UTF-8 bytes.
    static func classNames(of entries: some Sequence<Entry>) -> [String] {
        var names: Set<[UInt8]> = []
        for entry in entries { names.formUnion(entry.labels.map { Array($0.utf8) }) }
        return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many images there are.
    public var count: Int { files.count }

    /// The image's class; the first of several, and 0 where it has none.
    public func label(at index: Int) -> Int { isMultiLabel ? labels(at: index).first ?? 0 : Int(values[index]) }

    /// The image's classes, in the order in which they were given.
    public func labels(at index: Int) -> [Int] {
        isMultiLabel ? values[starts[index]..<starts[index + 1]].map { Int($0) } : [Int(values[index])]
    }

    /// The path of the image's file.
    public func name(at index: Int) -> String { files[index].text }

    /// Reads an image. Throws where its file can't be read or holds none.
    public func image(at index: Int, options: ImageReadingOptions) throws -> Image {
        try Image(decoding: EncodedImage(files[index]), options: options)
    }

    /// The file.
    public func encodedImage(at index: Int) -> EncodedImage? { EncodedImage(files[index]) }
}
