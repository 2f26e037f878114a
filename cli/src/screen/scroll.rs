//! Which of a chat's rows are shown.

use heliograph_client::history::Position;

/// Says up to which row is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scroll {
    /// The last one there is, as more come.
    #[default]
    End,
    /// One of a message's, whatever comes before or behind it.
    At {
        /// The message.
        position: Position,
        /// Which of its rows.
        row: usize,
    },
}

/// Are the rows of a chat, by the messages that they are of, and how many there is room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    /// The message of each row.
    pub(super) of: &'a [Position],
    /// How many there is room for.
    pub(super) height: usize,
}

impl Rows<'_> {
    /// Tells behind which row it ends.
    pub(super) fn end(self, scroll: Scroll) -> usize {
        let end = match scroll {
            Scroll::End => self.of.len(),
            Scroll::At { position, row } => {
                let (first, behind) = self.span(position);
                (first + row + 1).min(behind)
            }
        };
        end.clamp(self.height.min(self.of.len()), self.of.len())
    }

    /// Scrolls by some rows, up or down.
    pub(super) fn scrolled(self, scroll: Scroll, by: isize) -> Scroll {
        self.ends_at(self.end(scroll).saturating_add_signed(by))
    }

    /// Tells whether the first row is shown.
    pub(super) fn is_at_top(self, scroll: Scroll) -> bool {
        self.end(scroll) <= self.height
    }

    /// Scrolls as little as shows a message, or as much of it as there is room for.
    pub(super) fn showing(self, scroll: Scroll, position: Position) -> Scroll {
        let (first, behind) = self.span(position);
        let end = self.end(scroll);
        let start = end.saturating_sub(self.height);
        if behind > end {
            self.ends_at(behind)
        } else if first < start {
            self.ends_at(first + self.height)
        } else {
            scroll
        }
    }

    fn ends_at(self, end: usize) -> Scroll {
        let end = end.max(self.height.min(self.of.len()));
        if end >= self.of.len() {
            return Scroll::End;
        }
        let last = end.saturating_sub(1);
        match self.of.get(last) {
            Some(position) => Scroll::At {
                position: *position,
                row: last - self.span(*position).0,
            },
            None => Scroll::End,
        }
    }

    /// Tells at which row a message begins, and behind which it ends.
    fn span(self, position: Position) -> (usize, usize) {
        let first = self.of.partition_point(|of| *of < position);
        (first, self.of.partition_point(|of| *of <= position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::MessageId;

    fn position(height: u64) -> Position {
        Position {
            height,
            message_id: MessageId::new(height, &[0; 10]),
        }
    }

    /// Makes rows: two of each message.
    fn rows(messages: std::ops::Range<u64>) -> Vec<Position> {
        messages.flat_map(|it| [position(it); 2]).collect()
    }

    #[test]
    fn it_stays_where_it_is_as_more_comes() {
        let few = rows(10..20);
        let (here, height) = (few.as_slice(), 5);
        let up = Rows { of: here, height }.scrolled(Scroll::End, -5);
        let shown = |of: &[Position]| {
            let end = Rows { of, height }.end(up);
            of[end - height..end].to_vec()
        };
        assert_eq!(shown(&few), few[10..15]);
        assert_eq!(shown(&rows(5..25)), few[10..15]);
    }

    #[test]
    fn it_ends_where_there_is_no_more() {
        let of = &rows(0..10);
        let rows = Rows { of, height: 5 };
        let up = rows.scrolled(Scroll::End, -100);
        assert!(rows.is_at_top(up));
        assert_eq!(rows.end(up), 5);
        assert_eq!(rows.scrolled(up, 14), rows.scrolled(Scroll::End, -1));
        assert_eq!(rows.scrolled(up, 15), Scroll::End);
        let none = Rows { of: &[], height: 5 };
        assert_eq!(none.scrolled(up, -1), Scroll::End);
    }

    #[test]
    fn what_is_chosen_is_shown() {
        let of = &rows(0..10);
        let rows = Rows { of, height: 5 };
        let up = rows.showing(Scroll::End, position(3));
        assert_eq!(rows.end(up), 11);
        assert_eq!(rows.showing(up, position(4)), up);
        assert_eq!(rows.end(rows.showing(up, position(7))), 16);
    }
}
