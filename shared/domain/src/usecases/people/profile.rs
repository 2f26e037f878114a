//! What people say of themselves.

use super::{PeopleError, change};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::privacy::Setting;
use crate::tables::users::User;
use crate::usecases::relation::Circle;
use heliograph_protocol::UserId;
use heliograph_protocol::people::Profile;
use heliograph_protocol::reply::{Empty, ProfileGetOk};
use heliograph_protocol::request::{ProfileGet, ProfileSet};
use std::collections::BTreeSet;

/// Changes the own profile: what is absent stays, and an empty text takes away.
///
/// # Errors
/// [`PeopleError`].
pub async fn set_profile(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: ProfileSet,
) -> Result<Empty, PeopleError> {
    let set = |field: &mut Option<String>, text: &Option<String>| {
        if let Some(text) = text {
            *field = Some(text.clone()).filter(|text| !text.is_empty());
        }
    };
    change(app, cx, caller, |user| {
        set(&mut user.profile.username, &request.username);
        set(&mut user.profile.about, &request.about);
        set(&mut user.profile.photo_media_id, &request.photo_media_id);
    })
    .await?;
    Ok(Empty {})
}

/// Answers profiles, each photo as its owner's setting says.
///
/// # Errors
/// [`PeopleError`].
pub async fn get_profiles(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: ProfileGet,
) -> Result<ProfileGetOk, PeopleError> {
    let me = &caller.user_id;
    let circle = Circle::load(app, cx, me, &request.user_ids).await?;
    let circle = circle.filter(|circle| circle.me.device(caller).is_some());
    let circle = circle.ok_or(PeopleError::Revoked)?;
    let mut answered = BTreeSet::new();
    let mut profiles = Vec::new();
    for user_id in request.user_ids {
        if !answered.insert(user_id.clone()) {
            continue;
        }
        if user_id == *me {
            profiles.push(profile(user_id, &circle.me, true));
        } else if let Some((user, relation)) = circle.get(&user_id) {
            let shows_photo = relation.i_see(Setting::Photo, &circle.me, user);
            profiles.push(profile(user_id, user, shows_photo));
        }
    }
    Ok(ProfileGetOk { profiles })
}

fn profile(user_id: UserId, user: &User, shows_photo: bool) -> Profile {
    let said = user.profile.clone();
    Profile {
        user_id,
        username: said.username,
        about: said.about,
        photo_media_id: said.photo_media_id.filter(|_| shows_photo),
    }
}
