import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Columns of tables")
struct TableColumnsTests {
    /// A folder with images `red/0.png` to `red/5.png` and the same in `blue`.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["red", "blue"] {
            for number in 0..<6 { try folder.writeImage("\(name)/\(number).png") }
        }
        return folder
    }

    /// A table with a line for each of the twelve images.
    private func lines(_ header: String?, _ line: (_ color: String, _ number: Int) -> String) -> String {
        let rows = (0..<6).flatMap { number in ["red", "blue"].map { line($0, number) } }
        return ((header.map { [$0] } ?? []) + rows).map { $0 + "\n" }.joined()
    }

    private func open(
        _ folder: TemporaryFolder, _ text: String, _ options: DatasetOptions = .init(), name: String = "data.csv"
    ) throws -> OpenedDataset {
        try? FileManager.default.removeItem(atPath: folder.path(name))
        try folder.write(name, text.utf8)
        return try openDataset(at: folder.path(name), options: options)
    }

    private func error(_ folder: TemporaryFolder, _ text: String, _ options: DatasetOptions = .init()) -> DatasetError?
    {
        #expect(throws: DatasetError.self) { try open(folder, text, options) }
    }

    /// Every image has the class of its color and is readable.
    private func check(_ opened: OpenedDataset, _ classes: [String: String], _ comment: Comment? = nil) throws {
        #expect(opened.classNames == classes.values.sorted(), comment)
        #expect(opened.training.count == 12 && !opened.isMultiLabel, comment)
        for index in 0..<opened.training.count {
            let color = opened.training.name(at: index).contains("/red/") ? "red" : "blue"
            #expect(opened.classNames[opened.training.label(at: index)] == classes[color], comment)
            #expect(try opened.training.image(at: index, options: .init()).width == 4, comment)
        }
    }

    private let animals = ["red": "fox", "blue": "owl"]

    @Test("Columns are recognized by their contents")
    func understood() throws {
        let folder = try folder()
        func animal(_ color: String) -> String { animals[color, default: ""] }
        let tables: [(String, String)] = [
            (
                "an id before the path",
                lines("id,image,species") { "\($0 == "red" ? $1 : 90 + $1),\($0)/\($1).png,\(animal($0))" }
            ),
            ("ids without extensions", lines("id,breed") { "\($0)/\($1),\(animal($0))" }),
            ("label before path, no header", lines(nil) { "\(animal($0)),\($0)/\($1).png" }),
            ("Windows separators", lines(nil) { "\($0)\\\($1).png,\(animal($0))" }),
            ("blanks at line ends", lines("path,label ") { "\($0)/\($1).png,\(animal($0)) " }),
            ("blanks behind paths", lines("path,label") { "\($0)/\($1).png ,\(animal($0))" }),
            (
                "one-hot",
                lines("image,fox,owl,emu") { "\($0)/\($1).png,\($0 == "red" ? "1.0,0.0,0.0" : "0.0,1.0,0.0")" }
            ),
            ("number and name", lines("image,class,label") { "\($0)/\($1).png,\($0 == "red" ? 7 : 8),\(animal($0))" }),
            ("an index without a name", lines(",file,label,source") { "\($0)\($1),\($0)/\($1).png,\(animal($0)),me" }),
            ("folds are no parts", lines("path,label,fold") { "\($0)/\($1).png,\(animal($0)),\($1)" }),
            ("a list of one", lines("path,kind") { "\($0)/\($1).png,['\(animal($0))']" }),
        ]
        for (name, text) in tables { try check(try open(folder, text), animals, "\(name)") }
        // Folders with names of labels are not read as paths.
        let same = try open(folder, lines(nil) { "\($0),\($0)/\($1).png" })
        try check(same, ["red": "red", "blue": "blue"])
        #expect(same.understanding.paths?.source == "column 2" && same.understanding.labels.source == "column 1")
    }

    @Test("A note describes how a table was read, and why")
    func understanding() throws {
        let folder = try folder()
        let opened = try open(
            folder, lines("id,image,species,split") { "\($0)\($1),\($0)/\($1),\($0),\($1 == 0 ? "dev" : "train")" })
        #expect(
            opened.understanding.labels == .init("column \"species\"", because: "no other column has repeated values")
        )
        #expect(opened.understanding.paths == .init("column \"image\"", because: "its values are files"))
        #expect(opened.understanding.parts.map(\.source) == ["column \"split\"", "column \"split\""])
        #expect(opened.validation?.count == 2)
        #expect(opened.understanding.leftOut == ["unused columns: id"])
        #expect(opened.notes.contains { $0.hasPrefix("12 names are written without the file's extension") })
    }

    @Test("A header without a clear label column is an error that shows the choices")
    func unclear() throws {
        let folder = try folder()
        let text = lines("image,patient,age,diagnosis") {
            "\($0)/\($1).png,P\($1 % 3),4\($1 % 2),\($0 == "red" ? "melanoma" : "nevus")"
        }
        let refusal = error(folder, text)
        let error = try #require(refusal)
        #expect(error.code == .unclearColumns)
        for part in [
            "the columns are image, patient, age, diagnosis", "patient (P0, P1, P2)", "age (40, 41)",
            "`labelColumn = \"diagnosis\"`",
        ] { #expect(error.message.contains(part), "\(error.message)") }
        for column in ["diagnosis", "Diagnosis", "4"] {
            let opened = try open(folder, text, .init(labelColumn: column))
            try check(opened, ["red": "melanoma", "blue": "nevus"])
        }
        for column in ["diagnoses", "0", "5"] {
            #expect(self.error(folder, text, .init(labelColumn: column))?.message.contains("patient, age") == true)
        }
        // Columns that belong together do not make one of them the label.
        let together = lines("image,patient,diagnosis") {
            "\($0)/\($1).png,\($0 == "red" ? "P1" : "P2"),\(animals[$0, default: ""])"
        }
        #expect(self.error(folder, together)?.code == .unclearColumns)
        let flags = lines("image,sex,smoker,kind") { "\($0)/\($1).png,\($1 % 2),\($1 % 3 == 0 ? 1 : 0),\($0)" }
        #expect(self.error(folder, flags)?.message.contains("`labelColumn = \"sex,smoker\"`") == true)
        let paths = lines("a,b,label") { "\($0)/\($1).png,\($0)/\($1).png,\($0)" }
        #expect(self.error(folder, paths)?.message.contains("`pathColumn = \"a\"`") == true)
        #expect(try open(folder, paths, .init(pathColumn: "b")).understanding.paths?.source == "column \"b\"")
    }

    @Test("Columns of 0 and 1 are one label or multi-label, by their row sums")
    func oneHot() throws {
        let folder = try folder()
        let several = lines("image,sea,town,night,none") {
            "\($0)/\($1).png,\($0 == "red" ? 1 : 0),\($1 % 2),\($1 == 0 ? 1 : 0),0"
        }
        let opened = try open(folder, several)
        #expect(opened.isMultiLabel && opened.classNames == ["night", "sea", "town"])
        #expect(opened.training.labels(at: 0) == [1, 0] && opened.training.labels(at: 3) == [2])
        #expect(opened.training.labels(at: 5).isEmpty)
        #expect(opened.notes.contains { $0.hasPrefix("images may have several labels") })
        #expect(opened.notes.contains { $0.contains("the columns none") })
        let chosen = try open(folder, several, .init(labelColumn: "sea,town"))
        #expect(chosen.classNames == ["sea", "town"])
        let wrong = lines("image,sea,town") { "\($0)/\($1).png,\($1),0" }
        #expect(error(folder, wrong, .init(labelColumn: "sea,town"))?.message.contains("'2' in column \"sea\"") == true)
    }

    @Test("A table of movie posters has ids, lists, columns of 0 and 1, and a folder of images")
    func posters() throws {
        let folder = try TemporaryFolder()
        let genres = ["Action", "Comedy", "Drama", "N/A"]
        var text = "Id,Genre,\(genres.joined(separator: ","))\n"
        for number in 0..<8 {
            try folder.writeImage("Images/tt\(number).jpg")
            let own = [genres[number % 3]] + (number % 2 == 0 ? ["N/A"] : [])
            text += "tt\(number),\"[\(own.map { "'\($0)'" }.joined(separator: ", "))]\","
            text += genres.map { own.contains($0) ? "1" : "0" }.joined(separator: ",") + "\n"
        }
        let refusal = error(folder, text)
        let error = try #require(refusal)
        #expect(error.code == .missing && error.message.contains("`root = \"\(folder.path("Images"))\"`"))
        let opened = try open(folder, text, .init(root: folder.path("Images")))
        #expect(opened.isMultiLabel && opened.classNames == genres)
        #expect(opened.understanding.labels.source == "column \"Genre\"")
        #expect(opened.training.labels(at: 0) == [0, 3] && opened.training.labels(at: 1) == [1])
        #expect(try opened.training.image(at: 7, options: .init()).width == 4)
        let columns = try open(
            folder, text, .init(labelColumn: genres.joined(separator: ","), root: folder.path("Images")))
        for index in 0..<8 {
            #expect(Set(columns.training.labels(at: index)) == Set(opened.training.labels(at: index)))
        }
        // If list and columns differ, it is unknown which is right.
        let other = text.replacing("tt0,\"['Action', 'N/A']\"", with: "tt0,\"['Comedy', 'N/A']\"")
        let unclear = try #require(self.error(folder, other, .init(root: folder.path("Images"))))
        #expect(unclear.message.contains("`labelColumn = \"Genre\"`"))
        #expect(unclear.message.contains("`labelColumn = \"Action,Comedy,Drama,N/A\"`"))
        #expect(try open(folder, other, .init(labelColumn: "Genre", root: folder.path("Images"))).isMultiLabel)
    }

    @Test("A separator in few labels is asked about, not applied")
    func separators() throws {
        let folder = try folder()
        let once = lines("path,label") {
            $0 == "red" && $1 == 5 ? "\($0)/\($1).png,\"tomato; early blight\"" : "\($0)/\($1).png,\($0) leaf"
        }
        let refusal = error(folder, once)
        let error = try #require(refusal)
        #expect(
            error.code == .unclearColumns && error.message.contains("line 12")
                && error.message.contains("`labelSeparator = \";\"`"))
        let whole = try open(folder, once, .init(labelSeparator: "none"))
        #expect(!whole.isMultiLabel && whole.classNames == ["blue leaf", "red leaf", "tomato; early blight"])
        let parted = try open(folder, once, .init(labelSeparator: ";"))
        #expect(parted.isMultiLabel && parted.classNames.count == 4)
        // If the parts are labels of other images, they are several labels; the same holds for bars.
        for sign in [";", "|"] {
            let several = try open(
                folder, lines("path,label") { $1 < 2 ? "\($0)/\($1).png,red\(sign)blue" : "\($0)/\($1).png,\($0)" })
            #expect(several.isMultiLabel && several.classNames == ["blue", "red"])
            #expect(several.notes.contains { $0.contains("separated by '\(sign)'") })
        }
        let blanks = lines("path,tags") { "\($0)/\($1).png,\(["a b", "b c", "a c", "a b c", "c", "a"][$1])" }
        let spaced = try open(folder, blanks)
        #expect(!spaced.isMultiLabel && spaced.notes.contains { $0.contains("`labelSeparator = \" \"`") })
        let taken = try open(folder, blanks, .init(labelSeparator: " "))
        #expect(taken.isMultiLabel && taken.classNames == ["a", "b", "c"])
    }

    @Test("Lists are read as Python, JSON and NumPy write them")
    func lists() {
        func items(_ text: String) -> [String]? {
            ListLiteral.items(Array(text.utf8))?.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(items("['Adventure', 'Drama']") == ["Adventure", "Drama"])
        #expect(items("[\"it's\", 'a, b']") == ["it's", "a, b"])
        #expect(items("['Adventure' 'Drama']") == ["Adventure", "Drama"])
        #expect(items("[\"caf\\u00e9\", 'it\\'s']") == ["café", "it's"])
        #expect(items("[1, 22]") == ["1", "22"] && items("[]") == [] && items("['']") == [])
        #expect(items("['a") == nil && items("['a'b]") == nil && items("[['a']]") == nil && items("a]") == nil)
        #expect(items("['a]") == nil)
    }

    @Test("Lists of files may have Windows separators, outer spaces and a root folder")
    func files() throws {
        let folder = try folder()
        for line in ["%@/%d.png ", "%@\\%d.png", "./%@/%d.png\t", "%@/%d"] {
            let text = lines(nil) { line.replacing("%@", with: $0).replacing("%d", with: "\($1)") }
            try check(try open(folder, text, name: "list.txt"), ["red": "red", "blue": "blue"], "\(line)")
        }
        let elsewhere = try TemporaryFolder()
        let text = lines(nil) { "\($0)/\($1).png" }
        #expect(throws: DatasetError.self) { try open(elsewhere, text, name: "list.txt") }
        try check(
            try open(elsewhere, text, .init(root: folder.path), name: "list.txt"), ["red": "red", "blue": "blue"])
        #expect(error(elsewhere, text, .init(root: folder.path("none")))?.message.contains("`root`") == true)
        // A file whose name has a space or a backslash precedes one without.
        try folder.writeImage("red/0.png ", width: 9)
        let exact = try open(folder, "red/0.png \nblue/1.png\n", name: "list.txt")
        #expect(try exact.training.image(at: 0, options: .init()).width == 9)
    }

    @Test("Options that have no effect on the data are errors")
    func useless() throws {
        let folder = try folder()
        for options in [
            DatasetOptions(labelColumn: "a"), .init(pathColumn: "a"), .init(labelSeparator: ";"),
            .init(root: folder.path),
        ] {
            let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path, options: options) }
            #expect(error?.code == .badOption)
        }
        #expect(throws: DatasetError.self) { try DatasetOptions(labelPattern: "(a)", labelColumn: "b").validate() }
        let wide = error(folder, "path,label\nred/0.png,fox, red\nblue/0.png,owl\n")
        #expect(wide?.message.contains("line 2: there are 3 fields") == true)
        try folder.writeImage("red/0.jpg")
        let twice = error(folder, lines("id,label") { "\($0)/\($1),\($0)" })
        #expect(twice?.message.contains("0.jpg, 0.png") == true)
    }

    @Test("A table with is_valid is split by it")
    func flags() throws {
        let opened = try open(
            try folder(), lines("fname,labels,is_valid") { "\($0)/\($1).png,\($0),\($1 < 2 ? "True" : "False")" })
        #expect(opened.training.count == 8 && opened.validation?.count == 4 && opened.classNames == ["blue", "red"])
    }
}
