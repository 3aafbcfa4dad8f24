internal import Images
internal import LibC
internal import Platform

/// A file of a project.
struct FoundPhoto {
    /// The path relative to the project's folder.
    let path: [UInt8]
    let size: Int
    let modified: Int64

    /// Looks at a file; nil if it is no regular file.
    init?(_ path: [UInt8], _ project: Project) {
        guard let status = FilePath(project.folder).appending(path).status(), status.kind == .file else { return nil }
        (self.path, size, modified) = (path, status.size, status.modified)
    }
}

/// The photos in a project's folder, with the labels that folders or a table give them.
struct FolderScan {
    /// A label and a split from the data.
    struct Facts {
        var label: String?
        var split: Split?
    }

    private let folder: FilePath
    /// By path relative to the folder.
    private(set) var facts: [[UInt8]: Facts] = [:]
    /// The classes in their order.
    private(set) var classes: [String] = []
    /// Warnings for the user, one sentence each.
    private(set) var notes: [String] = []
    private var outside = 0

    /// Lists all images, and reads labels and splits as `apus train` would.
    init(_ folder: String) {
        self.folder = FilePath(folder)
        let list = ImageList(withoutShards: folder)
        notes = list.notes
        for index in 0..<list.count {
            if (try? list.encodedImage(at: index)) == nil {
                notes.append("\(list.name(at: index)) can't be read, or contains no images")
            } else if let path = inner(list.name(at: index)) {
                facts[path] = Facts()
            }
        }
        // An empty folder is a good start: photos can be dropped on the page.
        if facts.isEmpty, list.count <= 1 { notes = [] }
        readLabels()
        addUploads()
    }

    private mutating func readLabels() {
        if let table = table() {
            do throws(DatasetError) {
                try read(openDataset(at: table, allowsEmptyClasses: true))
                return
            } catch {
                notes.append("the table was not read: \(error)")
            }
        }
        do throws(DatasetError) {
            try read(openDataset(at: folder.text, allowsEmptyClasses: true))
        } catch {
            // Photos in one folder simply have no labels yet.
            guard facts.keys.contains(where: { $0.contains(UInt8(ascii: "/")) }) else { return }
            notes.append("the names of the folders were not read as classes: \(error)")
        }
    }

    /// The table of the folder: `labels.csv`, or the only one.
    private func table() -> String? {
        let names = ((try? entryNames(of: folder.text)) ?? []).filter {
            !$0.hasPrefix(".") && ["csv", "tsv"].contains(FilePath($0).fileExtension)
        }
        let name = ["labels.csv", "labels.tsv"].first(where: names.contains) ?? (names.count == 1 ? names[0] : nil)
        return name.map { folder.appending($0).text }
    }

    private mutating func read(_ dataset: OpenedDataset) throws(DatasetError) {
        guard !dataset.isMultiLabel else {
            throw DatasetError(
                .badOption, path: dataset.location.path,
                "gives photos several classes, but a project has one class for each photo. Use one label per photo.")
        }
        guard dataset.location.layout != .idxFiles, !dataset.location.holdsShards else {
            throw DatasetError(
                .badOption, path: dataset.location.path,
                "contains many images in one file, but a project needs a file for each photo. Unpack them.")
        }
        guard dataset.location.layout != .labelsInFileNames || Self.hasLabelsInNames(dataset.training) else {
            throw DatasetError(
                .ambiguous, path: dataset.location.path,
                "contains photos without labels. Names like cat.1.jpg and cat.2.jpg would be labels.")
        }
        notes += dataset.notes.filter { !notes.contains($0) }
        for name in dataset.classNames {
            if let problem = ClassName.problem(name) {
                notes.append("\(name.printable) was not read as a class: \(problem)")
            } else {
                classes.append(name)
            }
        }
        // Without validation images, some of the training images will be used for that.
        add(dataset.training, split: dataset.validation == nil ? nil : .train)
        if let validation = dataset.validation { add(validation, split: .val) }
        if let test = dataset.test { add(test, split: .test) }
    }

    /// Whether the names of files are really labels: `IMG_0001.JPG` is not.
    private static func hasLabelsInNames(_ images: any ImageDataset) -> Bool {
        images.count >= 2 * images.classNames.count
            && (0..<images.count).allSatisfy { index in
                FilePath(images.name(at: index)).lastComponent.count { $0 == UInt8(ascii: ".") } > 1
            }
    }

    private mutating func add(_ images: any ImageDataset, split: Split?) {
        let known = Set(classes)
        for index in 0..<images.count {
            guard let path = inner(images.name(at: index)) else { continue }
            let label = images.classNames[images.label(at: index)]
            facts[path] = Facts(label: known.contains(label) ? label : nil, split: split)
        }
    }

    /// Adds the photos that were dropped on the page.
    private mutating func addUploads() {
        let uploads = folder.appending(".apus/photos")
        for name in (try? entryNames(of: uploads.text)) ?? [] {
            let isWhole = !name.hasPrefix(".") && uploads.appending(name).status().map { $0.size > 0 } ?? false
            if isWhole {
                facts[Array(".apus/photos/".utf8) + name.fileNameBytes] = Facts()
            }
        }
    }

    /// The path relative to the folder; nil for a file outside of it.
    private mutating func inner(_ name: String) -> [UInt8]? {
        let path = FilePath(name)
        let inner = path.bytes(within: folder)
        var parts: [ArraySlice<UInt8>] = []
        var isInside = inner != path.bytes
        for part in inner.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if !part.elementsEqual("..".utf8) { parts.append(part) } else if parts.popLast() == nil { isInside = false }
        }
        let joined = Array(parts.joined(separator: "/".utf8))
        guard isInside, FolderPath.isInside(joined) else {
            outside += 1
            return nil
        }
        return joined
    }

    /// The files that are in the folder, by path. Those to which links lead from it, out of it, are left out.
    mutating func files(of project: Project, progress: (Int) throws -> Void) throws -> [FoundPhoto] {
        var files: [FoundPhoto] = []
        // Whether the folder of a file is inside, by its path.
        var folders: [[UInt8]: Bool] = [:]
        for (place, path) in facts.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }).enumerated() {
            if place % 256 == 0 { try progress(place) }
            let file = folder.appending(path)
            var status = stat()
            guard file.withCString({ lstat($0, &status) }) == 0 else { continue }
            let parent = file.parent
            if folders[parent.bytes] == nil { folders[parent.bytes] = isInside(parent) }
            let isLink = status.st_mode & S_IFMT == S_IFLNK
            guard folders[parent.bytes] ?? false, !isLink || isInside(file) else {
                outside += 1
                continue
            }
            if let found = FoundPhoto(path, project) { files.append(found) }
        }
        try progress(files.count)
        return files
    }

    private func isInside(_ path: FilePath) -> Bool {
        guard let resolved = path.withCString({ realpath($0, nil) }) else { return false }
        defer { free(resolved) }
        let target = FilePath(String(fileName: resolved))
        return target == folder || target.bytes.starts(with: folder.appending([]).bytes)
    }

    /// The warning about files outside of the folder, if there are some.
    var outsideNote: String? {
        guard outside > 0 else { return nil }
        let subject = outside == 1 ? "1 photo is" : "\(outside.grouped) photos are"
        return "\(subject) outside of the folder and left out: copy what you need into the folder"
    }
}
