/// The files of the page, which are part of the program.
enum StudioPage {
    /// A file.
    struct File: Sendable {
        let type: String
        let bytes: [UInt8]
    }

    private static let (html, css, script) = (
        "text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8"
    )

    /// The files by their paths, without the slash.
    static let files: [String: File] = [
        "": File(type: html, bytes: PackageResources.index_html),
        "studio.css": File(type: css, bytes: PackageResources.studio_css),
        "views.css": File(type: css, bytes: PackageResources.views_css),
        "api.js": File(type: script, bytes: PackageResources.api_js),
        "app.js": File(type: script, bytes: PackageResources.app_js),
        "charts.js": File(type: script, bytes: PackageResources.charts_js),
        "clean.js": File(type: script, bytes: PackageResources.clean_js),
        "data.js": File(type: script, bytes: PackageResources.data_js),
        "desk.js": File(type: script, bytes: PackageResources.desk_js),
        "dom.js": File(type: script, bytes: PackageResources.dom_js),
        "grid.js": File(type: script, bytes: PackageResources.grid_js),
        "label.js": File(type: script, bytes: PackageResources.label_js),
        "results.js": File(type: script, bytes: PackageResources.results_js),
        "runs.js": File(type: script, bytes: PackageResources.runs_js),
        "store.js": File(type: script, bytes: PackageResources.store_js),
        "train.js": File(type: script, bytes: PackageResources.train_js),
        "try.js": File(type: script, bytes: PackageResources.try_js),
        "ui.js": File(type: script, bytes: PackageResources.ui_js),
        "upload.js": File(type: script, bytes: PackageResources.upload_js),
        "use.js": File(type: script, bytes: PackageResources.use_js),
        "viewer.js": File(type: script, bytes: PackageResources.viewer_js),
        "words.js": File(type: script, bytes: PackageResources.words_js),
    ]

    /// The page for a browser that has not opened the address with the token.
    static let closed = File(
        type: html,
        bytes: Array(
            """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Apus Studio</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="/studio.css">
            <main class="closed">
            <h1>This studio is not open in this browser</h1>
            <p>Open the address that <code>apus studio</code> printed. It works once. For a new one, press Enter in the \
            terminal where the studio runs.</p>
            <p lang="zh-CN">请打开 <code>apus studio</code> 打印的地址。该地址只能使用一次；要获得新地址，请在运行 studio 的终端中按回车键。</p>
            </main>
            </html>

            """.utf8))
}
