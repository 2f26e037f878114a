//! Which of 1, 2, 3 … there were.

use super::GAPS_MAX;
use serde::{Deserialize, Serialize};

/// Bounds the spans that are told apart. Where there are more, the lowest gap counts as filled: somebody
/// who leaves out every second number gets no more memory for it. There are more than gaps that are waited
/// for, so none of those seems to be filled.
const SPANS_MAX: usize = 2 * GAPS_MAX;

/// Are numbers from `from` to `to`, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl From<(u64, u64)> for Span {
    fn from((from, to): (u64, u64)) -> Self {
        Self { from, to }
    }
}

impl From<Span> for (u64, u64) {
    fn from(span: Span) -> Self {
        (span.from, span.to)
    }
}

/// Is a set of numbers, as spans that neither overlap nor touch, the lowest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Spans(Vec<Span>);

impl Spans {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The highest number; 0 where there is none.
    pub(super) fn top(&self) -> u64 {
        self.0.last().map_or(0, |span| span.to)
    }

    /// The lowest number.
    pub(super) fn bottom(&self) -> Option<u64> {
        self.0.first().map(|span| span.from)
    }

    /// Tells whether all numbers of a span are in it.
    pub(super) fn has(&self, wanted: Span) -> bool {
        let span = self.0.iter().find(|span| span.to >= wanted.from);
        span.is_some_and(|span| span.from <= wanted.from && wanted.to <= span.to)
    }

    /// Puts a number in.
    pub(super) fn insert(&mut self, number: u64) {
        let at = self
            .0
            .partition_point(|span| span.to.saturating_add(1) < number);
        match self.0.get_mut(at) {
            Some(span) if span.from <= number.saturating_add(1) => {
                span.from = span.from.min(number);
                span.to = span.to.max(number);
            }
            _ => self.0.insert(at, Span::from((number, number))),
        }
        self.join(at);
        if self.0.len() > SPANS_MAX {
            self.join_lowest();
        }
    }

    /// Makes one of a span and the next where they touch.
    fn join(&mut self, at: usize) {
        let next = self.0.get(at + 1).copied();
        let (Some(span), Some(next)) = (self.0.get_mut(at), next) else {
            return;
        };
        if next.from <= span.to.saturating_add(1) {
            span.to = span.to.max(next.to);
            self.0.remove(at + 1);
        }
    }

    fn join_lowest(&mut self) {
        let lowest = self.0.remove(0);
        if let Some(next) = self.0.first_mut() {
            next.from = lowest.from;
        }
    }

    /// Gives what is missing of a span.
    pub(super) fn missing(&self, of: Span) -> Vec<Span> {
        let mut missing = Vec::new();
        let mut from = of.from;
        for span in self.0.iter().filter(|span| span.to >= of.from) {
            if from > of.to || span.from > of.to {
                break;
            }
            if span.from > from {
                missing.push(Span::from((from, span.from - 1)));
            }
            from = from.max(span.to.saturating_add(1));
        }
        if from <= of.to {
            missing.push(Span::from((from, of.to)));
        }
        missing
    }

    /// Gives what is missing right below a number that is not in it.
    pub(super) fn missing_below(&self, number: u64) -> Option<Span> {
        let below = self.0.iter().rev().find(|span| span.to < number);
        let from = below.map_or(1, |span| span.to.saturating_add(1));
        (from < number).then(|| Span::from((from, number - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn is_a_set(numbers in proptest::collection::vec(1..60u64, 0..60), from in 1..60u64, len in 0..20u64) {
            let mut spans = Spans::default();
            let set: BTreeSet<u64> = numbers.iter().copied().collect();
            numbers.iter().for_each(|number| spans.insert(*number));
            let of = Span { from, to: from + len };
            let missing: Vec<u64> = (of.from..=of.to).filter(|number| !set.contains(number)).collect();
            let told = spans.missing(of).into_iter().flat_map(|span| span.from..=span.to);
            prop_assert_eq!(told.collect::<Vec<_>>(), missing.clone());
            prop_assert_eq!(spans.has(of), missing.is_empty());
            prop_assert_eq!(spans.top(), set.last().copied().unwrap_or(0));
            prop_assert_eq!(spans.bottom(), set.first().copied());
            let touch = spans.0.windows(2).any(|two| two[0].to + 1 >= two[1].from);
            prop_assert!(!touch, "{:?}", spans);
            if !set.contains(&from) {
                let below = (1..from).rev().take_while(|number| !set.contains(number)).last();
                prop_assert_eq!(spans.missing_below(from).map(|span| span.from), below);
            }
        }

        #[test]
        fn has_no_more_spans_than_it_may(numbers in proptest::collection::vec(any::<u64>(), 0..400)) {
            let mut spans = Spans::default();
            for number in numbers {
                spans.insert(number);
                prop_assert!(spans.has(Span::from((number, number))));
                prop_assert!(spans.0.len() <= SPANS_MAX);
            }
        }
    }
}
