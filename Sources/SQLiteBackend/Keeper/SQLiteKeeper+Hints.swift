import Engine

/// Hints go directly to those who listen in this process, and through a file to the others; see `HintBoard`.
extension SQLiteKeeper {
    func signal(_ hints: [Hint]) async { await self.hints.signal(hints) }

    func listen(session: String, onHint: @escaping @Sendable (Hint) -> Void) async {
        await hints.listen(as: .session(session), onHint)
    }

    func listenAsLeader(onHint: @escaping @Sendable (Hint) -> Void) async { await hints.listen(as: .leader, onHint) }
}
