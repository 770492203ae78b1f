/// A line of pieces that look different, cut where the window ends.
struct StyledLine: Sendable {
    private var pieces: [(text: String, style: Style?)] = []

    mutating func append(_ text: String, _ style: Style? = nil) {
        guard !text.isEmpty else { return }
        if let last = pieces.last, last.style == style { pieces[pieces.count - 1].text += text } else { pieces.append((text, style)) }
    }

    /// The line with its styles, no wider than the layout.
    func text(_ layout: Layout) -> String {
        guard let width = layout.width else { return pieces.map { layout.styled($0.text, $0.style) }.joined() }
        var (result, used) = ("", 0)
        for piece in pieces {
            let room = width - used
            let cut = DisplayWidth.cut(piece.text, to: room)
            result += layout.styled(cut, piece.style)
            used += DisplayWidth.of(cut)
            if cut != piece.text { break }
        }
        return result
    }
}
