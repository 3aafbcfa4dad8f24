import Foundation
import TestSupport
import Testing

@testable import Apus

/// The page in a browser, if one is installed.
@Suite("Report pages in a browser", .enabled(if: Browser.path != nil, "Chromium is not installed"), .serialized)
struct BrowserTests {
    @Test("A page loads without a network request or a console message", arguments: [false, true])
    func loading(_ isDark: Bool) throws {
        try inBrowser(width: 1200, isDark: isDark) { (browser, file) throws in
            #expect(browser.requests == [file.absoluteString])
            #expect(browser.complaints == [])
            let broken = "[...document.images].filter(image => !image.complete || image.naturalWidth === 0).length"
            #expect(try browser.value(of: broken) == 0)
            let ground = try browser.value(of: "getComputedStyle(document.body).backgroundColor", as: String.self)
            #expect(ground == (isDark ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)"))
            // A name read as markup would have created elements.
            #expect(try browser.value(of: "document.querySelectorAll('script').length") == 1)
            #expect(try browser.value(of: "document.querySelector('td').textContent") == SamplePage.oddNames[0])
        }
    }

    @Test("The content security policy blocks every request")
    func policy() throws {
        try inBrowser(width: 1200) { (browser, _) throws in
            let refused = """
                new Promise(done => {
                    addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
                    document.body.append(Object.assign(new Image(), { src: 'https://example.invalid/a.png' }));
                })
                """
            #expect(try browser.value(of: refused) == "img-src")
            let inline = """
                new Promise(done => {
                    addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
                    document.body.setAttribute('onclick', 'alert(1)');
                })
                """
            #expect(try browser.value(of: inline) == "script-src-attr")
        }
    }

    @Test("Tables sort by numbers and by text; cells without a number stay last")
    func sorting() throws {
        try inBrowser(width: 1200, names: ["b", "A10", "a9", "c", "d", "e", "f", "g", "none", "h"]) {
            (browser, _) throws in
            func column(_ place: Int) throws -> [String] {
                try browser.value(
                    of: "[...document.querySelectorAll('tbody tr')].map(row => row.cells[\(place)].textContent)")
            }
            func click(_ place: Int) throws -> String {
                try browser.value(
                    of: """
                        (() => { const header = document.querySelectorAll('th')[\(place)];
                        header.querySelector('button').click(); return header.getAttribute('aria-sort') })()
                        """)
            }
            #expect(try click(0) == "ascending")
            #expect(try column(0) == ["a9", "A10", "b", "c", "d", "e", "f", "g", "h", "none"])
            #expect(try click(1) == "descending")
            #expect(try column(1) == ["49", "42", "35", "28", "21", "14", "13", "7", "6", "0"])
            #expect(try click(1) == "ascending")
            #expect(try column(1) == ["0", "6", "7", "13", "14", "21", "28", "35", "42", "49"])
            #expect(try click(2) == "descending")
            #expect(try column(0).last == "none")
            #expect(try click(2) == "ascending")
            #expect(try column(0).last == "none")
            #expect(
                try browser.value(of: "document.querySelectorAll('th[aria-sort]').length") == 1,
                "one column at a time")
        }
    }

    @Test("Images enlarge, and arrow keys move between them")
    func enlarging() throws {
        try inBrowser(width: 1200) { (browser, _) throws in
            let alt = "document.querySelector('dialog[open] img')?.alt ?? ''"
            try browser.value(
                of: "document.querySelector('.gallery .zoom').focus(), document.activeElement.className",
                as: String.self)
            #expect(try browser.value(of: alt) == "")
            try browser.value(of: "document.activeElement.click(), 1", as: Int.self)
            #expect(try browser.value(of: alt) == "An image of \(SamplePage.oddNames[0])")
            try browser.press("ArrowRight")
            #expect(try browser.value(of: alt) == "An image of \(SamplePage.oddNames[1])")
            try browser.press("ArrowLeft")
            try browser.press("ArrowLeft")
            #expect(try browser.value(of: alt) == "An image of \(SamplePage.shown(SamplePage.oddNames.last ?? ""))")
            try browser.value(of: "document.querySelector('dialog').close(), 1", as: Int.self)
            #expect(try browser.value(of: "document.activeElement.className") == "zoom", "the focus returns")
        }
    }

    @Test("A long table is filtered")
    func filtering() throws {
        try inBrowser(width: 1200, names: (0..<100).map { "class \($0)" }) { (browser, _) throws in
            let shown = """
                (text => { const field = document.querySelector('.filter input'); field.value = text;
                field.dispatchEvent(new Event('input'));
                return [...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).length })
                """
            #expect(try browser.value(of: "\(shown)('CLASS 9')") == 11)
            #expect(try browser.value(of: "\(shown)('')") == 100)
        }
    }

    @Test("A page on a phone scrolls vertically only", arguments: [320, 390])
    func phone(_ width: Int) throws {
        try inBrowser(width: width) { (browser, _) throws in
            #expect(try browser.value(of: "document.documentElement.scrollWidth") == width)
        }
    }

    @Test("Wide tables and drawings on a phone scroll in their frames, and shadows show it", arguments: [false, true])
    func shadows(_ isDark: Bool) throws {
        try inBrowser(width: 400, isDark: isDark) { (browser, _) throws in
            #expect(try browser.value(of: "document.documentElement.scrollWidth") == 400)
            // The table becomes wider than the page.
            let widen = "document.querySelectorAll('.table td').forEach(cell => cell.style.minWidth = '16rem'), 1"
            try browser.value(of: widen, as: Int.self)
            let colors =
                isDark
                ? ["rgb(20, 23, 27) 40%", "rgba(228, 231, 234, 0.4)"]
                : ["rgb(255, 255, 255) 40%", "rgba(28, 32, 36, 0.3)"]
            for frame in [".table", ".frame"] {
                let element = "document.querySelector('\(frame)')"
                let isWide = "\(element).scrollWidth > \(element).clientWidth + 100"
                #expect(try browser.value(of: isWide) == true, "\(frame)")
                #expect(try browser.value(of: "getComputedStyle(\(element)).overflowX") == "auto")
                #expect(try browser.value(of: "getComputedStyle(\(element)).scrollbarWidth") == "thin")
                // Two shadows stay at the edges. Two covers of the page's color scroll with the content.
                let layers = "getComputedStyle(\(element)).backgroundAttachment"
                #expect(try browser.value(of: layers) == "local, local, scroll, scroll, scroll", "\(frame)")
                for color in colors {
                    let count = "getComputedStyle(\(element)).backgroundImage.split('\(color)').length - 1"
                    #expect(try browser.value(of: count) == 2, "\(frame): \(color)")
                }
            }
            // A drawing does not cover the shadows of its frame.
            let blend = "getComputedStyle(document.querySelector('.frame img')).mixBlendMode"
            #expect(try browser.value(of: blend) == (isDark ? "lighten" : "darken"))
        }
    }

    @Test("A long file name in a gallery keeps its end")
    func fileNames() throws {
        let names = [String(repeating: "holiday_", count: 12) + "0042", "short"]
        try inBrowser(width: 400, names: names) { (browser, _) throws in
            let cut = """
                (name => { const file = [...document.querySelectorAll('.gallery .file')][name];
                const [stem, end] = file.children; const caption = file.parentElement.getBoundingClientRect();
                return [stem.scrollWidth > stem.clientWidth + 1, end.scrollWidth > end.clientWidth + 1,
                end.getBoundingClientRect().right <= caption.right + 1,
                file.getBoundingClientRect().height < 30].join() })
                """
            #expect(try browser.value(of: "\(cut)(0)") == "true,false,true,true")
            #expect(try browser.value(of: "\(cut)(1)") == "false,false,true,true")
        }
    }

    @Test("A printed page contains its collapsed sections")
    func printing() throws {
        try inBrowser(width: 1200) { (browser, _) throws in
            #expect(try browser.printed().starts(with: Data("%PDF".utf8)))
        }
    }

    private func inBrowser(
        width: Int, isDark: Bool = false, names: [String] = SamplePage.oddNames,
        _ body: (Browser, URL) throws -> Void
    ) throws {
        guard let path = Browser.path else { return }
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "report.html")
            try Data(SamplePage.page(names: names, images: min(names.count, 12)).html()).write(to: file)
            let browser = try Browser(
                path, width: width, height: 900, isDark: isDark, folder: folder.appending(path: "browser"))
            try browser.open(file)
            try body(browser, file)
        }
    }
}
