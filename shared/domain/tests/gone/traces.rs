//! Finding what names a user, in every table.

use crate::world::NUMBER;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::testing::traces::{OF_OTHERS, Sought, Trace, sort_out};

/// Which rows that may stay name the user, and which there are that may not.
pub(crate) fn left(stage: &Stage, user_id: &str) -> (Vec<&'static str>, Vec<Trace>) {
    let number = NUMBER;
    let items = stage.store.inner.all();
    sort_out(Sought { user_id, number }, items.iter().map(Trace::from))
}

/// The names of all that may stay.
pub(crate) fn of_others() -> Vec<&'static str> {
    let mut kinds: Vec<_> = OF_OTHERS.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds
}
