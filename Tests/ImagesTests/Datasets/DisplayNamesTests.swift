import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Display names of classes") struct DisplayNamesTests {
    private func read(_ text: String, as name: String) throws -> DisplayNames {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            return try DisplayNames(contentsOf: file.path)
        }
    }

    private func error(_ text: String, as name: String) -> DatasetError? {
        #expect(throws: DatasetError.self) { try read(text, as: name) }
    }

    @Test("JSON objects, JSON arrays and tables give the same names") func forms() throws {
        let expected: DisplayNames = ["21": "fire lily", "3": "canterbury bells, blue"]
        for (text, name) in [
            (#"{"21": "fire lily", "3": "canterbury bells, blue"}"#, "cat_to_name.json"),
            ("  {\"3\": \"canterbury bells, blue\",\n\"21\": \"fire lily\"}", "names"),
            ("class,name\n21,fire lily\n3,\"canterbury bells, blue\"\n", "names.csv"),
            ("Name,number,Class\r\nfire lily,1,21\r\n\"canterbury bells, blue\",2,3\r\n", "names.csv"),
            ("21,fire lily\n3,\"canterbury bells, blue\"\n", "names.csv"),
            ("class\tname\n21\tfire lily\n3\tcanterbury bells, blue\n", "names.tsv"),
        ] {
            #expect(try read(text, as: name) == expected, "\(text)")
        }
        let classes = ["21", "3"]
        #expect(try expected.names(of: classes).names == ["fire lily", "canterbury bells, blue"])
        let inOrder = try read(#"["fire lily", "canterbury bells, blue"]"#, as: "names.json")
        #expect(try inOrder.names(of: classes).names == ["fire lily", "canterbury bells, blue"])
    }

    @Test("Files without usable names are errors that say what to write") func badFiles() throws {
        let wrong = [
            ("{", "names.json", "is not JSON"), (#"{"21": ["fire", "lily"]}"#, "names.json", "array of texts"),
            ("{}", "names.json", "no display names"), (#"{"21": ""}"#, "names.json", "empty display name"),
            ("", "names.csv", "no display names"), ("class,name\n21\n", "names.csv", "line 2"),
            ("a,b,c\n", "names.csv", "line 1"), ("class,name\n21,a\n21,b\n", "names.csv", "occurs twice"),
        ]
        for (text, name, words) in wrong {
            let found = try #require(error(text, as: name))
            #expect(found.code == .damagedFile && found.message.contains(words), "\(found)")
        }
        let missing = #expect(throws: DatasetError.self) { try DisplayNames(contentsOf: "nowhere/names.json") }
        #expect(missing?.code == .missing)
    }

    @Test("Classes without a name keep their own, and a note lists them") func gaps() throws {
        let names: DisplayNames = ["a": "Ants", "x": "Nothing"]
        let (found, notes) = try names.names(of: ["a", "b", "c"])
        #expect(found == ["Ants", "b", "c"])
        #expect(
            notes == [
                #"the classes "b", "c" without a display name keep their own names"#,
                #"the data has no class for the display name of "x""#,
            ])
        #expect(try names.names(of: ["a"]).names == ["Ants"])
    }

    @Test("Names for other classes are an error") func otherClasses() throws {
        let names: DisplayNames = ["0": "Ants", "1": "Bees"]
        let error = #expect(throws: DatasetError.self) { try names.names(of: ["ants", "bees"]) }
        #expect(error?.code == .unknownClass && error?.message.contains(#"they name "0", "1""#) == true)
        let short = #expect(throws: DatasetError.self) { try DisplayNames(inOrder: ["Ants"]).names(of: ["a", "b"]) }
        #expect(short?.message.contains("there is 1 display name for 2 classes") == true)
    }

    @Test("Both forms are stored as they are read") func coding() throws {
        for names in [DisplayNames(["21": "fire lily"]), DisplayNames(inOrder: ["fire lily"])] {
            let data = try JSONEncoder().encode(names)
            #expect(try JSONDecoder().decode(DisplayNames.self, from: data) == names)
        }
    }
}
