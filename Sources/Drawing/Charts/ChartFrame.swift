/// What all charts have around them.
enum ChartFrame {
    static let margin = 14.0

    /// Draws the ground and the title, and gives the room below it.
    static func draw(_ title: String, _ size: Size, _ theme: Theme, on canvas: Canvas) -> Rectangle {
        canvas.fill(Rectangle(size), theme.background)
        let place = Rectangle(size).inset(by: margin)
        canvas.draw(Text(title, .title, theme.text, width: place.width), at: Point(x: place.left, y: place.top - 2))
        return inside(title, size)
    }

    /// The room below the title.
    static func inside(_ title: String, _ size: Size) -> Rectangle {
        Rectangle(size).inset(by: margin).inset(top: title.isEmpty ? 0 : titleHeight)
    }

    /// The room that a title takes.
    static let titleHeight = 28.0
}
