/// What all charts have around them.
enum ChartFrame {
    static let margin = 14.0

    /// Draws the ground and the title, and gives the room below it.
    static func draw(_ title: String, _ size: Size, _ theme: Theme, on canvas: Canvas) -> Rectangle {
        canvas.fill(Rectangle(size), theme.background)
        let inside = Rectangle(size).inset(by: margin)
        guard !title.isEmpty else { return inside }
        canvas.draw(Text(title, .title, theme.text, width: inside.width), at: Point(x: inside.left, y: inside.top - 2))
        return inside.inset(top: titleHeight)
    }

    /// The room that a title takes.
    static let titleHeight = 28.0
}
