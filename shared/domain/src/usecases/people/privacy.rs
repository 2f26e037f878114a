//! The own privacy settings.

use super::{PeopleError, caller_user, change};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use heliograph_protocol::people::Privacy;
use heliograph_protocol::request::PrivacySet;

/// Changes settings; answers all of them as they are then.
///
/// # Errors
/// [`PeopleError`].
pub async fn set_privacy(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: PrivacySet,
) -> Result<Privacy, PeopleError> {
    let set = |privacy: &mut Privacy| {
        let settings = [
            (&mut privacy.last_seen, request.last_seen),
            (&mut privacy.online, request.online),
            (&mut privacy.read_receipts, request.read_receipts),
            (&mut privacy.photo, request.photo),
            (&mut privacy.group_add, request.group_add),
        ];
        for (setting, audience) in settings {
            *setting = audience.unwrap_or(*setting);
        }
    };
    let user = change(app, cx, caller, |user| set(&mut user.privacy)).await?;
    Ok(user.privacy)
}

/// Answers the own settings.
///
/// # Errors
/// [`PeopleError`].
pub async fn get_privacy(
    app: &App,
    cx: &Context,
    caller: &Address,
) -> Result<Privacy, PeopleError> {
    Ok(caller_user(app, cx, caller).await?.privacy)
}
