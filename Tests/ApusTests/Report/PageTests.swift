import Foundation
import Platform
import Testing
import TorchVision

@testable import Apus

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A page as a single file.
@Suite("Report pages") struct PageTests {
    @Test(
        "Names are shown unchanged and never read as markup",
        arguments: SamplePage.oddNames)
    func namesAreHarmless(_ name: String) throws {
        let page = SamplePage.page(names: [name])
        let html = String(decoding: page.html(), as: UTF8.self)
        // By scalars: for a browser, a quotation mark with a combining accent is still a quotation mark.
        #expect(!html.unicodeScalars.contains("<script>alert".unicodeScalars))
        #expect(!html.unicodeScalars.contains("<img src=x".unicodeScalars))
        let document = try WellFormed(html)
        let shown = SamplePage.shown(name)
        #expect(document.texts.contains(shown), "in a cell")
        // XML reads line breaks in attributes as spaces.
        let spaced = shown.replacing("\n", with: " ").replacing("\t", with: " ")
        #expect(document.values(of: "alt").contains("An image of \(spaced)"), "in an attribute")
        #expect(document.elements.filter { $0 == "script" }.count == 1)
        #expect(document.attributeNames.isSubset(of: SamplePage.knownAttributes))
    }

    @Test("A quotation mark with a combining accent does not end an attribute")
    func combinedQuotationMark() throws {
        let page = SamplePage.page(names: ["\"\u{301} onerror=alert(1) x=\"\u{301}"])
        let html = String(decoding: page.html(), as: UTF8.self)
        #expect(!html.unicodeScalars.contains("\"\u{301} onerror".unicodeScalars))
        #expect(html.unicodeScalars.contains("&quot;\u{301} onerror=alert(1) x=&quot;".unicodeScalars))
    }

    @Test("A configuration property in advice is formatted as code")
    func flags() throws {
        let notice = Notices.Notice(.hint, "The run is short.", advice: "more epochs (`epochs = 8`), or <none>.")
        let html = Notices(notices: [notice]).html.text
        #expect(
            html.contains(
                "<b>Try</b> more epochs (<code>epochs = 8</code>), or &lt;none&gt;.</p>"))
    }

    @Test("Equal pages have equal bytes")
    func determinism() throws {
        #expect(
            SamplePage.page(names: SamplePage.oddNames).html()
                == SamplePage.page(names: SamplePage.oddNames).html())
    }

    @Test("A page refers to no other location")
    func nothingIsFetched() throws {
        let html = String(decoding: SamplePage.page(names: SamplePage.oddNames).html(), as: UTF8.self)
        let document = try WellFormed(html)
        for name in ["src", "srcset", "href", "action", "data", "poster", "background"] {
            for value in document.values(of: name) {
                #expect(value.hasPrefix("data:image/") || value.hasPrefix("#"), "\(name)=\(value.prefix(40))")
            }
        }
        #expect(!Page.style.contains("url(") && !Page.style.contains("@import"))
        #expect(document.values(of: "content").contains { $0.hasPrefix("default-src 'none'; img-src data:;") })
    }

    @Test("The policy allows the style and the script of the page")
    func hashes() throws {
        // The standard gives the hash of the text "alert('Hello, world.');".
        #expect(
            contentHash(of: "alert('Hello, world.');") == "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=")
    }

    @Test("A number keeps its format and sorts by value; missing values sort last")
    func numbers() throws {
        let table = PageTable(
            caption: "Numbers", columns: [.text("name"), .number("share")],
            rows: [
                [.text("a"), .number(0.25) { $0.columnPercent }], [.text("b"), .number(.nan) { $0.columnPercent }],
                [.text("c"), .number(1234)],
            ])
        let html = table.html.text
        #expect(html.contains("<td class=\"number\" data-value=\"0.25\">25.0 %</td>"))
        #expect(html.contains("<td class=\"number\">–</td>"))
        #expect(html.contains("<td class=\"number\" data-value=\"1234.0\">1,234</td>"))
        #expect(!html.contains("long"))
    }

    @Test(
        "A file name keeps its extension on one line",
        arguments: [
            ("IMG_20240131_123456.jpeg", "IMG_20240131_12", "3456.jpeg"), ("a.png", "a", ".png"),
            ("README_WITHOUT_AN_ENDING", "README_WITHOUT_AN_EN", "DING"), ("vacation 3.5", "vacation 3.5", ""),
            ("蚂蚁与蜜蜂.webp", "蚂蚁与蜜蜂", ".webp"), (".hidden", ".hidden", ""),
        ])
    func fileNames(_ name: String, _ stem: String, _ end: String) throws {
        let image = PageFigure.Content(format: .png, bytes: [], width: 1, height: 1)
        let item = Gallery.Item(image: image, description: "", title: "t", lines: [], file: name, mark: .none)
        let html = Gallery(title: "", lead: "", items: [item]).html.text
        #expect(html.contains("<span class=\"stem\">\(stem)</span><span class=\"end\">\(end)</span>"), "\(html)")
        let facts = Facts([("Model", "see \(name) here")]).html.text
        let ending = name.fileEnding
        let start = "see \(name.dropLast(ending.count))"
        #expect(
            facts.contains(
                ending.isEmpty
                    ? "<dd>\(start) here</dd>" : "<dd>\(start)<span class=\"whole\">\(ending)</span> here</dd>"))
    }

    @Test("The numbers of a column have the same digits")
    func columns() {
        func texts(_ values: [Double]) -> [String] { values.map(columnFormat(values)) }
        #expect(texts([0.001, 0.0009755, 0.00005]) == ["0.0010000", "0.0009755", "0.0000500"])
        #expect(texts([0.1, 0.01]) == ["0.10", "0.01"] && texts([0.001, 0.001]) == ["0.001", "0.001"])
        #expect(texts([0.1, 1e-9]) == ["1.000e-01", "1.000e-09"] && texts([]) == [])
    }

    @Test("Digits are grouped in threes")
    func groups() {
        #expect(
            [0, 7, 999, 1000, 26179, 1_234_567, -1000].map(\.grouped)
                == ["0", "7", "999", "1,000", "26,179", "1,234,567", "-1,000"])
    }

    @Test("A table of a thousand rows stays small")
    func size() throws {
        let page = SamplePage.page(names: (0..<1000).map { "class \($0)" }, images: 4)
        #expect(page.html().count < 400_000)
    }
}

extension Collection where Element: Equatable {
    fileprivate func contains(_ other: some Collection<Element>) -> Bool {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.starts(with: other) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
