import Foundation
import TestSupport
import Testing

/// File names as bytes, through the whole command.
@Suite("Unusual file names and standard input") struct NameTests {
    /// Runs a shell script in a folder, in which "$APUS" is the command and "$M" a model.
    private func shell(_ script: String, in folder: URL, environment: [String: String] = [:]) throws -> Command {
        try Command(
            arguments: [], environment: environment.merging(["M": try TrainedRun.model]) { $1 }, folder: folder,
            prefix: ["bash", "-c", "APUS=$0; \(script)"])
    }

    private let latin = "E=$(printf 'caf\\351.png')"

    @Test("Names that are not UTF-8 work as arguments, in lists, tables, split.csv and resume")
    func bytes() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "d"), count: 6)
            let made = try shell("\(latin); cp d/red/1.png d/red/$E; cp d/red/2.png $E", in: folder)
            try #require(made.status == 0)
            let named = try shell(
                "\(latin); $APUS predict $M $E d/red/$E --format csv -q | LC_ALL=C grep -c caf$'\\xe9'", in: folder)
            #expect(named.output == "2\n", "\(named.messages)")
            let listed = try shell("find d -name 'caf*' | $APUS predict $M - --format json -q", in: folder)
            #expect(
                listed.status == 0 && listed.output.contains("\"file\":\"d/red/caf\\udce9.png\""), "\(listed.messages)")
            let shown = try shell("\(latin); $APUS predict $M $E", in: folder)
            #expect(shown.output.contains("caf\\xe9.png"))

            let trained = try shell(
                "$APUS train d --model small_cnn --fresh --epochs 1 --no-report -q --out r && LC_ALL=C grep -c caf$'\\xe9' r/split.csv",
                in: folder)
            #expect(trained.output.hasSuffix("1\n"), "\(trained.messages)")
            let table = try shell("$APUS data check r/split.csv -q", in: folder)
            #expect(table.output.contains("13 images"), "\(table.output) \(table.messages)")
            let removed = try shell("rm d/red/[2-4].png; $APUS train --resume r --epochs 2", in: folder)
            #expect(removed.status == 1, "other images are noticed")
        }
    }

    @Test("An ONNX file with a name that is not UTF-8 is tried in another process and cached")
    func onnx() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "d"), count: 1)
            let command = try shell(
                """
                E=$(printf 'm\\351.onnx')
                $APUS export $M --format onnx --with-preprocessing pixels --out $E >&2 || exit 3
                $APUS predict $E d --format csv --verbose
                """, in: folder, environment: ["XDG_CACHE_HOME": folder.path])
            #expect(command.status == 0, "\(command.messages)")
            #expect(command.outputLines.count == 3)
            #expect(command.messages.contains("loaded from the cache"), "\(command.messages)")
        }
    }

    @Test("Runs, models and output folders may have names that are not UTF-8")
    func folders() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "d"), count: 4)
            let command = try shell(
                """
                E=$(printf 'r\\351'); mkdir $E && mv d $E/d && cd $E || exit 9
                $APUS train d --model small_cnn --fresh --epochs 1 -q --out ../$E/run >&2 || exit 3
                $APUS train --resume run --epochs 2 -q >&2 || exit 4
                cd ..; $APUS predict $E/run/best.safetensors $E/d --format csv -q --sheet $E/s.png > $E/p.csv || exit 5
                $APUS evaluate $E/run/best.safetensors $E/d -q --report $E >&2 || exit 6
                $APUS explain $E/run/best.safetensors $E/d/red/0.png --out $E/out -q >&2 || exit 7
                ls $E $E/out; cat $E/p.csv | wc -l
                """, in: folder)
            #expect(command.status == 0, "\(command.status) \(command.messages)")
            for name in ["report.html", "s.png", "0.grad-cam.png", "run"] { #expect(command.output.contains(name)) }
            #expect(command.output.hasSuffix("9\n"))
        }
    }

    @Test("A list on standard input is read like a list file")
    func lists() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder.appending(path: "d"), count: 3)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "d/none"), withIntermediateDirectories: true)
            func predict(_ script: String) throws -> Command { try shell("\(script) -q --format csv", in: folder) }
            let mark = try predict(
                "printf '\\xef\\xbb\\xbfd/red/0.png\\r\\n\\r\\n  \\nd/red/1.png\\rd/red/2.png' | $APUS predict $M -")
            #expect(mark.status == 0 && mark.outputLines.count == 4, "\(mark.messages)")
            let nul = try predict("find d -name '*.png' -print0 | $APUS predict $M - -0")
            #expect(nul.status == 0 && nul.outputLines.count == 7, "\(nul.messages)")
            let forgotten = try predict("find d -name '*.png' -print0 | $APUS predict $M -")
            #expect(forgotten.status == 1 && forgotten.messages.contains("-0"))
            // A folder counts as the images in it.
            let limited = try predict("printf 'd/red\\nd/blue\\n' | $APUS predict $M - --limit 4")
            #expect(limited.status == 0 && limited.outputLines.count == 5)
            for list in ["d/none", "d/none\\nd/red/1.png", "d/red/1.png\\nd/none"] {
                let empty = try predict("printf '\(list)\\n' | $APUS predict $M -")
                #expect(
                    empty.status == 1 && empty.messages.contains("d/none: this folder contains no images"), "\(list)")
            }
            let began = ContinuousClock.now
            let long = try shell(
                "{ head -c 10000000 /dev/zero | tr '\\0' x; printf '\\nd/red/1.png\\n'; } | $APUS predict $M - -q --format csv 2>e | tail -n 1; "
                    + "tail -c 99 e", in: folder)
            #expect(
                long.output.hasPrefix("d/red/1.png,red") && long.output.contains("name too long"), "\(long.messages)")
            // A reader that searches the list again after each chunk would take minutes.
            #expect(ContinuousClock.now - began < .seconds(60))
        }
    }

    @Test("Standard input that is closed, a folder or UTF-16 is an error")
    func badInput() throws {
        try withTemporaryFolder { folder in
            for (script, word) in [("<&-", "closed"), ("< .", "folder"), ("< u.txt", "UTF-16")] {
                try Data([0xFF, 0xFE, 0x61, 0]).write(to: folder.appending(path: "u.txt"))
                let command = try shell("$APUS predict $M - \(script)", in: folder)
                #expect(command.status == 1 && command.messages.contains(word), "\(script): \(command.messages)")
            }
            // The model must not be opened as standard output.
            let closed = try shell("$APUS predict $M $M >&-", in: folder)
            #expect(closed.status == 1)
        }
    }

    @Test("Control characters in names and arguments never reach the output unescaped")
    func controls() throws {
        try withTemporaryFolder { folder in
            let name = "x\u{1B}[31m\u{9B}2J\n\u{202E}y"
            let data = folder.appending(path: "d")
            try writeImages(in: data, count: 4)
            try FileManager.default.moveItem(at: data.appending(path: "red"), to: data.appending(path: name))
            let bad = data.appending(path: "blue/bad\u{1B}]0;t\u{7}\nforged.png")
            try Data("no image".utf8).write(to: bad)
            func check(_ command: Command, isCSV: Bool = false) {
                for text in [command.output, command.messages] {
                    let raw = text.unicodeScalars.filter {
                        $0.properties.generalCategory == .control && $0 != "\n"
                            || $0.properties.generalCategory == .format
                    }
                    #expect(raw.isEmpty, "\(text.debugDescription)")
                    // In CSV a line break is inside quotation marks.
                    #expect(isCSV || !text.contains("\nforged"))
                }
            }
            let model = folder.appending(path: "r\u{1B}[1m").path
            check(
                try Command(
                    "train", data.path, "--model", "small_cnn", "--fresh", "--epochs", "1", "--no-report", "--out",
                    model))
            for format in ["table", "json"] {
                check(try Command("data", "check", data.path, "--format", format))
                check(try Command("predict", model + "/best.safetensors", data.path, "--format", format))
                check(try Command("evaluate", model + "/best.safetensors", data.path, "--format", format))
                check(try Command("train", data.path, "--model", "small_cnn", "--dry-run", "--format", format))
            }
            for command in ["predict", "evaluate"] {
                check(try Command(command, model + "/best.safetensors", data.path, "--format", "csv"), isCSV: true)
            }
            check(try Command("train", "\u{1B}[31mnowhere\nforged"))
            check(try Command("predict", "--\u{1B}[31m\nforged", "x"))
            check(try Command("train", data.path, "--epochs", "\u{1B}[31m\nforged"))
            let markdown = try String(contentsOfFile: model + "/report.md", encoding: .utf8)
            #expect(
                !markdown.unicodeScalars.contains("\u{1B}") && markdown.contains("x\\x1b[31m\\u{9b}2J\\n\\u{202e}y"))
            // The JSON has the same meaning.
            struct Row: Decodable { let label: String? }
            let rows: [Row] = try Command("predict", model + "/best.safetensors", data.path, "--format", "json", "-q")
                .jsonLines()
            #expect(Set(rows.compactMap(\.label)).isSubset(of: ["blue", name]))
        }
    }

    @Test("Outputs in the image folder are not read as data by the next command")
    func outputs() throws {
        try withTemporaryFolder { folder in
            try writeImages(in: folder, count: 4)
            let command = try shell(
                """
                T="$APUS train . --model small_cnn --fresh --epochs 1 -q"
                $T >&2 && $T >&2 && $APUS data show . --out look.png -q >&2 && $APUS explain $M red/0.png --out why -q >&2 || exit 3
                $APUS predict $M . --format csv --sheet red/sheet.png -q > p.csv || exit 4
                $APUS embed $M . --out features.csv -q >&2 || exit 5
                $APUS train . --model small_cnn --fresh --epochs 1 --no-report || exit 6
                cut -d, -f2 runs/small_cnn-3/split.csv | sort | uniq -c; wc -l < p.csv
                """, in: folder)
            #expect(command.status == 0, "\(command.status) \(command.messages)")
            #expect(command.messages.contains("4 outputs of Apus are left out"), "\(command.messages)")
            #expect(command.output.contains("4 blue") && command.output.contains("4 red"), "\(command.output)")
            #expect(command.output.hasSuffix("9\n"))
        }
    }
}
