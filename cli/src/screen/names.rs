//! What people are called.

use heliograph_protocol::UserId;
use std::collections::BTreeMap;

/// How many characters of an id tell people apart.
const SHORT: usize = 8;

/// Calls a user as the contacts do, or by the beginning of their id.
pub(super) fn name(names: &BTreeMap<UserId, String>, user_id: &UserId) -> String {
    let short = || user_id.as_str().chars().take(SHORT).collect();
    names.get(user_id).cloned().unwrap_or_else(short)
}
