//! The lines of a file as they lie there, with their ends.

/// One line of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Physical<'b> {
    /// From 1.
    pub(super) number: usize,
    /// Without its end.
    pub(super) bytes: &'b [u8],
    /// What it ends with.
    pub(super) end: End,
}

/// What a line ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// RFC 5545 3.1, RFC 5322 2.1.
    CrLf,
    /// A line feed alone.
    Lf,
    /// Nothing: the file is over.
    Nothing,
}

/// The lines of a file. An empty piece behind the last end is none.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Physical<'_>> {
    let pieces = bytes.split_inclusive(|byte| *byte == b'\n');
    pieces.zip(1..).map(|(piece, number)| {
        let (bytes, end) = match piece {
            [line @ .., b'\r', b'\n'] => (line, End::CrLf),
            [line @ .., b'\n'] => (line, End::Lf),
            line => (line, End::Nothing),
        };
        Physical { number, bytes, end }
    })
}
