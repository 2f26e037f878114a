//! Doing together what several callers want done to the same thing.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Mutex as TurnLock;

/// Lets callers who bring something for one key share calls: while one call for it is under way, what
/// comes is gathered, and goes in the next. Nobody waits for more to come.
pub(crate) struct Together<K, T> {
    lines: Mutex<HashMap<K, Arc<Line<T>>>>,
}

/// Callers for one key, of whom one at a time does the work.
struct Line<T> {
    turn: TurnLock<()>,
    gathering: Mutex<Arc<Gathered<T>>>,
}

/// What goes in one call.
struct Gathered<T> {
    items: Mutex<Vec<T>>,
    is_done: AtomicBool,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self {
            turn: TurnLock::default(),
            gathering: Mutex::default(),
        }
    }
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self {
            items: Mutex::default(),
            is_done: AtomicBool::new(false),
        }
    }
}

impl<K, T> Default for Together<K, T> {
    fn default() -> Self {
        Self {
            lines: Mutex::default(),
        }
    }
}

impl<K: Clone + Eq + Hash, T: Clone> Together<K, T> {
    /// Does `work` with the item and all that others have brought, or waits until one of them has.
    ///
    /// # Errors
    /// Those of `work`. Where it fails, or who does it is dropped, the next one does it again: it must
    /// be safe to repeat.
    pub(crate) async fn with<E>(
        &self,
        key: K,
        item: T,
        work: impl AsyncFnOnce(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let seat = self.seat(key);
        let mine = seat.line.join(item);
        let _turn = seat.line.turn.lock().await;
        seat.line.do_once(&mine, work).await
    }

    fn seat(&self, key: K) -> Seat<'_, K, T> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry(key.clone()).or_default().clone();
        Seat {
            lines: &self.lines,
            key,
            line,
        }
    }
}

/// A caller's place in a line, which is forgotten with the last of them.
struct Seat<'a, K: Eq + Hash, T> {
    lines: &'a Mutex<HashMap<K, Arc<Line<T>>>>,
    key: K,
    line: Arc<Line<T>>,
}

impl<K: Eq + Hash, T> Drop for Seat<'_, K, T> {
    fn drop(&mut self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        // The map has it, and this seat.
        if Arc::strong_count(&self.line) == 2 {
            lines.remove(&self.key);
        }
    }
}

impl<T: Clone> Line<T> {
    fn join(&self, item: T) -> Arc<Gathered<T>> {
        let gathering = self
            .gathering
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut items = gathering
            .items
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        items.push(item);
        gathering.clone()
    }

    async fn do_once<E>(
        &self,
        mine: &Arc<Gathered<T>>,
        work: impl AsyncFnOnce(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        if mine.is_done.load(Ordering::Relaxed) {
            return Ok(());
        }
        let items = {
            let mut gathering = self
                .gathering
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if Arc::ptr_eq(&gathering, mine) {
                *gathering = Arc::default();
            }
            let items = mine.items.lock().unwrap_or_else(PoisonError::into_inner);
            items.clone()
        };
        work(items).await?;
        mine.is_done.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::Notify;

    type Calls = Mutex<Vec<Vec<u32>>>;

    fn note(calls: &Calls, items: Vec<u32>) -> Result<(), &'static str> {
        calls.lock().unwrap().push(items);
        Ok(())
    }

    #[tokio::test]
    async fn what_comes_while_a_call_is_under_way_goes_in_the_next() {
        let (together, calls, go_on) = (Together::default(), Calls::default(), Notify::new());
        let first = together.with("a", 1, async |items| {
            go_on.notified().await;
            note(&calls, items)
        });
        let bring = async |item| {
            let work = async |items| note(&calls, items);
            together.with("a", item, work).await
        };
        let elsewhere = together.with("b", 9, async |items| note(&calls, items));
        let release = async {
            tokio::task::yield_now().await;
            go_on.notify_one();
            Ok::<_, &str>(())
        };
        let all = tokio::join!(first, bring(2), bring(3), elsewhere, release);
        assert_eq!(all, (Ok(()), Ok(()), Ok(()), Ok(()), Ok(())));
        assert_eq!(calls.into_inner().unwrap(), [vec![9], vec![1], vec![2, 3]]);
        assert!(together.lines.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_fails_or_is_dropped_is_done_by_the_next() {
        let (together, tries) = (Together::default(), AtomicUsize::new(0));
        let go_on = Notify::new();
        let bring = async |item: u32| {
            let work = async |items: Vec<u32>| match tries.fetch_add(1, Ordering::Relaxed) {
                0 => {
                    go_on.notified().await;
                    Ok(())
                }
                1 => Err("failed"),
                _ => {
                    assert_eq!(items, [2, 3]);
                    Ok(())
                }
            };
            together.with("a", item, work).await
        };
        let (mut first, second, third) = (Box::pin(bring(1)), bring(2), bring(3));
        assert!(futures_util::poll!(&mut first).is_pending());
        let others = async { tokio::join!(second, third) };
        let mut others = Box::pin(others);
        assert!(futures_util::poll!(&mut others).is_pending());
        drop(first);
        assert_eq!(others.await, (Err("failed"), Ok(())));
    }
}
