import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The contents of an HTML file, read strictly: every element must be closed and every attribute quoted, as in the
/// templates.
final class WellFormed: NSObject, XMLParserDelegate {
    private(set) var elements: [String] = []
    private(set) var attributes: [(name: String, value: String)] = []
    /// The text of each element that contains only text, and of each piece between elements.
    private(set) var texts: Set<String> = []
    private var text = ""

    var attributeNames: Set<String> { Set(attributes.map(\.name)) }

    func values(of name: String) -> [String] { attributes.filter { $0.name == name }.map(\.value) }

    /// - Throws: if an element is not closed, or a character is invalid at its position.
    init(_ html: String) throws {
        super.init()
        // Elements without content have no end tag in HTML; scripts and styles are not text.
        var xml = html.replacing("<!DOCTYPE html>", with: "")
        xml = xml.replacing(/<(meta|img|source)((?:[^>"]|"[^"]*")*)>/) { "<\($0.1)\($0.2)/>" }
        xml = xml.replacing(/<(style|script)>(?s:.*?)<\/\1>/) { "<\($0.1)></\($0.1)>" }
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw ParseFailure(line: parser.lineNumber, reason: "\(parser.parserError.map { "\($0)" } ?? "")")
        }
    }

    struct ParseFailure: Error {
        let line: Int
        let reason: String
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes attributeDict: [String: String]
    ) {
        takeText()
        elements.append(elementName)
        for (name, value) in attributeDict { attributes.append((name, value)) }
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        takeText()
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    private func takeText() {
        texts.insert(text)
        text = ""
    }
}
