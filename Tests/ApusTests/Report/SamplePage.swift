import TorchVision

@testable import Apus

/// A page with a block of every kind.
enum SamplePage {
    static let oddNames = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "Müller & Söhne's \"best\"", "蚂蚁与蜜蜂 🐜🐝👩‍👩‍👧",
        String(repeating: "long name ", count: 20), "{{title}} {{{style}}}", "\u{202E}desrever", "line\nbreak\ttab",
        "bell\u{7}nul\u{0}", "]]> --> </style> </title>", "&lt;already&gt;", "نحلة",
    ]

    static let knownAttributes: Set = [
        "alt", "aria-label", "aria-labelledby", "charset", "class", "content", "data-value", "height", "href",
        "http-equiv", "id", "lang", "media", "name", "role", "scope", "src", "srcset", "tabindex", "width",
    ]

    /// The visible form of a name in a browser: invisible characters have symbols.
    static func shown(_ name: String) -> String {
        name.unicodeScalars.map { scalar in
            switch scalar {
            case "\t": "\\t"
            case "\u{0}": "\\x00"
            case "\u{7}": "\\x07"
            case "\u{202E}": "\\u{202e}"
            default: String(scalar)
            }
        }.joined()
    }

    static func page(names: [String], images: Int? = nil) -> Page {
        let image = PageFigure.Content(
            format: .jpeg, bytes: (try? Samples.image(0, 1).jpegData()) ?? [], width: 43, height: 36)
        let drawings = ["#fff", "#14171b"].map {
            PageFigure.Content(format: .svg, bytes: Array(svg(on: $0).utf8), width: 800, height: 300)
        }
        return Page(
            kind: "Report of a test", title: "The classes \(names.first ?? "")", lead: "A page with everything.",
            keyMetrics: [
                KeyMetric("97.4 %", "accuracy", detail: "on 153 validation images"),
                KeyMetric("0.0812", "loss"),
            ],
            sections: [
                PageSection(
                    "Words",
                    [
                        Paragraphs("The first.", "The second: \(names.first ?? "")."),
                        Notices(notices: [
                            .init(
                                .warning, "Overfitting since epoch 7.",
                                advice: "more augmentation (`data.trainingTransforms`)"
                            ),
                            .init(.good, "All is well."), .init(.hint, "The run is short."),
                        ]),
                        Facts([("classes", names.first), ("images", "244"), ("skipped", nil)]),
                    ]),
                PageSection(
                    "Tables",
                    [
                        PageTable(
                            caption: "Classes", columns: [.text("class"), .number("images"), .number("recall")],
                            rows: names.enumerated().map { place, name in
                                [
                                    .text(name), .number(place * 7 % 50),
                                    .number(place % 9 == 8 ? nil : Double(place * 37 % 100) / 100) {
                                        $0.columnPercent
                                    },
                                ]
                            })
                    ]),
                PageSection(
                    "Images",
                    [
                        PageFigure(
                            light: drawings[0], dark: drawings[1], description: "A drawing of \(names.first ?? "")",
                            caption: "Figure 1. A drawing."),
                        Gallery(
                            title: "Highest loss", lead: "Mistakes and wrong labels.",
                            items: names.prefix(images ?? names.count).map {
                                Gallery.Item(
                                    image: image, description: "An image of \($0)", title: $0,
                                    lines: ["predicted as \($0)", "with 98.2 %"], file: "\($0).jpeg", mark: .wrong)
                            }),
                    ]),
                PageSection(
                    "Lines",
                    [
                        CodeBlock(title: "Command line", code: "apus predict 'runs/\(names.first ?? "")' photo.jpg"),
                        Fold(title: "Configuration", blocks: [CodeBlock(title: "JSON", code: "{\"a\": 1}")]),
                    ]),
            ],
            colophon: "Made by a test.")
    }

    /// A drawing on the color of the page.
    private static func svg(on background: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="800" height="300" viewBox="0 0 800 300">\
        <rect width="800" height="300" fill="\(background)"/>\
        <path d="M20 280 L300 90 L780 40" stroke="#0a5ea8" fill="none"/></svg>
        """
    }
}
