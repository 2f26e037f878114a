//! Who is connected, and what waits for who is not.

use crate::store::{Op, Store};
use anyhow::Result;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::Message;

/// The way to a connected client.
pub(crate) type Out = UnboundedSender<Message>;

/// The clients that are connected now.
#[derive(Default)]
pub(crate) struct Online(RwLock<HashMap<String, Out>>);

impl Online {
    /// False when nobody is there.
    pub(crate) fn deliver(&self, to: &str, message: Message) -> bool {
        let online = self.0.read().unwrap_or_else(PoisonError::into_inner);
        online.get(to).is_some_and(|out| out.send(message).is_ok())
    }

    fn insert(&self, user: &str, out: Out) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(user.to_string(), out);
    }

    fn remove(&self, user: &str, out: &Out) {
        let mut online = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if online
            .get(user)
            .is_some_and(|current| current.same_channel(out))
        {
            online.remove(user);
        }
    }
}

/// What a group's name begins with where it stands for a user's.
const GROUP: &str = "g:";

/// What waits, by user: id and body.
type Waiting = HashMap<String, Vec<(String, String)>>;

enum Keeping {
    Memory(Mutex<Waiting>),
    Disk(Store),
}

/// The relay.
pub(crate) struct Hub {
    online: Arc<Online>,
    groups: RwLock<HashMap<String, BTreeSet<String>>>,
    keeping: Keeping,
}

impl Hub {
    pub(crate) fn in_memory() -> Hub {
        Hub {
            online: Arc::default(),
            groups: RwLock::default(),
            keeping: Keeping::Memory(Mutex::default()),
        }
    }

    pub(crate) fn stored(path: &Path) -> Result<Hub> {
        let online = Arc::<Online>::default();
        let store = Store::open(path, online.clone())?;
        Ok(Hub {
            online,
            groups: RwLock::default(),
            keeping: Keeping::Disk(store),
        })
    }

    /// Makes a client reachable and sends it what waits.
    pub(crate) fn connect(&self, user: &str, out: &Out) {
        self.online.insert(user, out.clone());
        match &self.keeping {
            Keeping::Disk(store) => {
                store.submit(Op::Load {
                    user: user.into(),
                    out: out.clone(),
                });
            }
            Keeping::Memory(waiting) => {
                for (id, body) in lock(waiting).remove(user).unwrap_or_default() {
                    let _ = out.send(message(&id, &body));
                }
            }
        }
    }

    pub(crate) fn disconnect(&self, user: &str, out: &Out) {
        self.online.remove(user, out);
    }

    /// Adds a user to a group, which need not have been there.
    pub(crate) fn join(&self, user: &str, group: &str) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        groups.entry(group.into()).or_default().insert(user.into());
    }

    pub(crate) fn send(&self, user: &str, to: &str, id: &str, body: &str, from: &Out) {
        let to = self.recipients(user, to);
        match &self.keeping {
            Keeping::Disk(store) => store.submit(Op::Put {
                to,
                id: id.into(),
                body: body.into(),
                from: from.clone(),
            }),
            Keeping::Memory(waiting) => {
                let message = message(id, body);
                for to in to {
                    if !self.online.deliver(&to, message.clone()) {
                        let mut waiting = lock(waiting);
                        let waiting = waiting.entry(to).or_default();
                        waiting.push((id.into(), body.into()));
                    }
                }
                let _ = from.send(sent(id));
            }
        }
    }

    /// Whom a message is for: a user, or who else is in a group.
    fn recipients(&self, user: &str, to: &str) -> Vec<String> {
        let Some(group) = to.strip_prefix(GROUP) else {
            return vec![to.into()];
        };
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        let members = groups.get(group).into_iter().flatten();
        members.filter(|member| *member != user).cloned().collect()
    }

    pub(crate) fn ack(&self, user: &str, id: &str) {
        if let Keeping::Disk(store) = &self.keeping {
            store.submit(Op::Delete {
                to: user.into(),
                id: id.into(),
            });
        }
    }

    pub(crate) fn receipt(&self, to: &str, id: &str) {
        let text = format!("{{\"type\":\"receipt\",\"id\":\"{id}\"}}");
        self.online.deliver(to, Message::text(text));
    }
}

pub(crate) fn message(id: &str, body: &str) -> Message {
    Message::text(format!(
        "{{\"type\":\"msg\",\"id\":\"{id}\",\"body\":\"{body}\"}}"
    ))
}

pub(crate) fn sent(id: &str) -> Message {
    Message::text(format!("{{\"type\":\"sent\",\"id\":\"{id}\"}}"))
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
