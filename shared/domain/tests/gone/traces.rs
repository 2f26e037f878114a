//! Finding what names a user, in every table.

use crate::world::NUMBER;
use heliograph_domain::store::{Field, Item};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::testing::traces::{OF_OTHERS, Trace, sort_out};

/// Whether a row names a user or her number.
fn is_trace(item: &Item, user_id: &str) -> bool {
    let names = |text: &str| text.contains(user_id) || text.contains(NUMBER);
    let is_in = |field: &Field| match field {
        Field::Text(text) => names(text),
        Field::Bytes(bytes) => names(&String::from_utf8_lossy(bytes)),
        Field::Int(_) => false,
    };
    let mut fields = item.fields.iter();
    names(&item.key.partition)
        || names(&item.key.sort)
        || fields.any(|(name, field)| names(name) || is_in(field))
}

/// Which rows that may stay name the user, and which there are that may not.
pub(crate) fn left(stage: &Stage, user_id: &str) -> (Vec<&'static str>, Vec<Trace>) {
    let items = stage.store.inner.all();
    let traces = items.iter().filter(|item| is_trace(item, user_id));
    sort_out(user_id, traces.map(Trace::from))
}

/// The names of all that may stay.
pub(crate) fn of_others() -> Vec<&'static str> {
    let mut kinds: Vec<_> = OF_OTHERS.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds
}
