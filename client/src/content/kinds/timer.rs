//! Messages that disappear.

use super::{Kind, hidden};
use crate::content::InvalidContent;
use crate::content::bounds::check_timer;
use serde::{Deserialize, Serialize};

/// Sets after how long what is written in the chat from now on disappears: the last write counts
/// ([`Register`](crate::history::Register)).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// How long, in seconds, 1 to [`TIMER_S_MAX`](crate::content::TIMER_S_MAX); none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer_s: Option<u32>,
}

hidden!(Timer);

impl Kind for Timer {
    const NAME: &'static str = "timer";

    fn check(&self) -> Result<(), InvalidContent> {
        check_timer(self.timer_s)
    }
}
