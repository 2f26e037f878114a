//! What was placed, by whom it was written.

use super::spans::{Span, Spans};
use super::{Clock, Dot, HEADS_MAX};
use crate::DeviceAddress;
use heliograph_protocol::limits::{DEVICES_MAX, GROUP_MEMBERS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bounds the devices that are known of a chat: all of a group of 256 with five each (protocol §1, §8).
/// Where there are more, as many have left: who has been silent for longest is forgotten.
pub(super) const WRITERS_MAX: usize = GROUP_MEMBERS_MAX * DEVICES_MAX;

/// Is the vector clock of a chat: of each device what of it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Frontier {
    #[serde(with = "writers")]
    writers: BTreeMap<DeviceAddress, Writer>,
    /// Whether all that was ever written is to come here, from the first message on.
    is_whole: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Writer {
    /// The counts of its messages that were placed.
    placed: Spans,
    /// The highest of its counts that a message of somebody else names.
    named: u64,
    /// The height of its last message.
    height: u64,
}

impl Writer {
    /// Tells whether no placed message's writer is known to have seen its last one.
    fn is_head(&self) -> bool {
        self.placed.top() > self.named
    }
}

/// Is what has to be placed first: messages of one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cause {
    pub(super) from: DeviceAddress,
    pub(super) counts: Span,
}

impl Frontier {
    pub(super) fn new(is_whole: bool) -> Self {
        Self {
            writers: BTreeMap::new(),
            is_whole,
        }
    }

    /// Forgets all but a device's own, and waits for nothing that was written until now.
    pub(super) fn forget_others(&mut self, own: &DeviceAddress) {
        self.writers.retain(|from, _| from == own);
        self.is_whole = false;
    }

    pub(super) fn has(&self, from: &DeviceAddress, counts: Span) -> bool {
        let writer = self.writers.get(from);
        writer.is_some_and(|writer| writer.placed.has(counts))
    }

    /// Gives how many messages of a device there are, as far as is known here.
    pub(super) fn count(&self, of: &DeviceAddress) -> u64 {
        self.writers.get(of).map_or(0, |writer| writer.placed.top())
    }

    /// Gives the last messages that no other's writer had seen, without a device's own, the last first.
    pub(super) fn heads(&self, without: &DeviceAddress) -> Vec<Dot> {
        let mut heads: Vec<_> = self
            .writers
            .iter()
            .filter(|(from, writer)| *from != without && writer.is_head())
            .collect();
        heads.sort_by_key(|(_, writer)| std::cmp::Reverse(writer.height));
        let dot = |(from, writer): (&DeviceAddress, &Writer)| Dot {
            from: from.clone(),
            count: writer.placed.top(),
        };
        heads.into_iter().take(HEADS_MAX).map(dot).collect()
    }

    /// Gives what has to be placed before a message, and is not.
    pub(super) fn missing(&self, from: &DeviceAddress, clock: &Clock) -> Vec<Cause> {
        let own = self.missing_own(from, clock.count);
        let heads = clock.heads.iter().take(HEADS_MAX);
        let others = heads.filter(|head| &head.from != from).map(|head| Cause {
            from: head.from.clone(),
            counts: Span::from((head.count, head.count)),
        });
        let missing = others.filter(|cause| {
            !self.has(&cause.from, cause.counts) && self.awaits(&cause.from, cause.counts.from)
        });
        own.into_iter().chain(missing).collect()
    }

    fn missing_own(&self, from: &DeviceAddress, count: u64) -> Option<Cause> {
        let nothing = Spans::default();
        let placed = self
            .writers
            .get(from)
            .map_or(&nothing, |writer| &writer.placed);
        let counts = placed.missing_below(count)?;
        self.awaits(from, counts.from).then(|| Cause {
            from: from.clone(),
            counts,
        })
    }

    /// Tells whether a device's message is to come: not so what was written before this one was there.
    fn awaits(&self, from: &DeviceAddress, count: u64) -> bool {
        let first = || self.writers.get(from)?.placed.bottom();
        self.is_whole || first().is_some_and(|first| first < count)
    }

    /// Notes that a message was placed. To note it again changes nothing.
    pub(super) fn place(&mut self, from: &DeviceAddress, clock: &Clock, height: u64) {
        let writer = self.writers.entry(from.clone()).or_default();
        writer.placed.insert(clock.count);
        writer.height = writer.height.max(height);
        let heads = clock.heads.iter().take(HEADS_MAX);
        for head in heads.filter(|head| &head.from != from) {
            let writer = self.writers.entry(head.from.clone()).or_default();
            writer.named = writer.named.max(head.count);
        }
    }

    /// Forgets those who were silent for longest where there are too many.
    pub(super) fn prune(&mut self, own: &DeviceAddress) {
        while self.writers.len() > WRITERS_MAX {
            let others = self.writers.iter().filter(|(from, _)| *from != own);
            let oldest = others.min_by_key(|(_, writer)| writer.height);
            let Some(oldest) = oldest.map(|(from, _)| from.clone()) else {
                return;
            };
            let forgotten = self.writers.remove(&oldest);
            // Whoever is forgotten may write again, and would seem to have written before.
            self.is_whole &= forgotten.is_none_or(|writer| writer.placed.is_empty());
        }
    }
}

/// Writes a map as a list of pairs: JSON has no keys but text.
mod writers {
    use super::Writer;
    use crate::DeviceAddress;
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;

    type Writers = BTreeMap<DeviceAddress, Writer>;

    pub(super) fn serialize<S: Serializer>(writers: &Writers, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(writers)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Writers, D::Error> {
        let pairs = Vec::<(DeviceAddress, Writer)>::deserialize(from)?;
        Ok(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heliograph_protocol::DeviceId;

    fn address(user: usize) -> DeviceAddress {
        let user_id = format!("user-{user}").parse().unwrap();
        DeviceAddress::from((user_id, DeviceId::PRIMARY))
    }

    fn clock(count: u64, heads: &[Dot]) -> Clock {
        let heads = heads.to_vec();
        Clock {
            count,
            ahead_ms: 0,
            heads,
        }
    }

    #[test]
    fn a_message_that_names_a_head_takes_its_place() {
        let mut frontier = Frontier::new(true);
        frontier.place(&address(1), &clock(1, &[]), 10);
        frontier.place(&address(2), &clock(1, &[]), 20);
        let heads = frontier.heads(&address(3));
        let named: Vec<_> = heads.iter().map(|dot| dot.from.clone()).collect();
        assert_eq!(named, [address(2), address(1)]);
        frontier.place(&address(3), &clock(1, &heads), 30);
        assert_eq!(frontier.heads(&address(3)), []);
        assert_eq!(frontier.heads(&address(1)).len(), 1);
    }

    #[test]
    fn what_was_named_before_it_came_is_no_head() {
        let mut frontier = Frontier::new(true);
        let dot = Dot {
            from: address(1),
            count: 1,
        };
        frontier.place(&address(2), &clock(1, &[dot]), 20);
        frontier.place(&address(1), &clock(1, &[]), 10);
        assert_eq!(frontier.heads(&address(1)).len(), 1);
        assert_eq!(frontier.heads(&address(2)), []);
    }

    #[test]
    fn who_is_silent_for_longest_is_forgotten() {
        let mut frontier = Frontier::new(true);
        for user in 0..=WRITERS_MAX {
            frontier.place(&address(user), &clock(1, &[]), user as u64);
        }
        frontier.prune(&address(0));
        assert_eq!(frontier.writers.len(), WRITERS_MAX);
        assert_eq!(
            (frontier.count(&address(0)), frontier.count(&address(1))),
            (1, 0)
        );
        // So nobody waits for the first messages of the one who is forgotten.
        assert_eq!(frontier.missing(&address(1), &clock(2, &[])), []);
    }
}
