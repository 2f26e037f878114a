//! What waits for one group, in order.

use super::Waiting;
use heliograph_domain::ports::Job;
use heliograph_protocol::GroupId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many jobs of a group are done together, as many as SQS hands over at once.
const TOGETHER: usize = 10;
/// A group's jobs wait for each other, so that its messages do not overtake each other unless one fails;
/// groups take turns. What the sweep queues again while it waits takes the place of itself.
#[derive(Default)]
pub(super) struct Lanes(Mutex<HashMap<GroupId, Lane>>);

#[derive(Default)]
struct Lane {
    order: VecDeque<String>,
    jobs: HashMap<String, Waiting>,
}

impl Lane {
    fn push(&mut self, waiting: Waiting) {
        let Job::FanOut { sent, .. } = &waiting.job else {
            return;
        };
        let sent = sent.clone();
        if self.jobs.insert(sent.clone(), waiting).is_none() {
            self.order.push_back(sent);
        }
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.jobs.remove(&self.order.pop_front()?)
    }
}

impl Lanes {
    /// Lets a job wait behind its group's others; tells whether there was no lane of that group.
    pub(super) fn enter(&self, group_id: &GroupId, waiting: Waiting) -> bool {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !lanes.contains_key(group_id);
        lanes.entry(group_id.clone()).or_default().push(waiting);
        is_new
    }

    /// Takes a group's next jobs; a lane without one ends.
    pub(super) fn next(&self, group_id: &GroupId) -> Option<Vec<Waiting>> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.get_mut(group_id)?;
        let next: Vec<Waiting> = std::iter::from_fn(|| lane.pop()).take(TOGETHER).collect();
        if next.is_empty() {
            lanes.remove(group_id);
            return None;
        }
        Some(next)
    }
}
