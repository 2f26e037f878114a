//! A stage with people on it, and what they do.

use heliograph_domain::privacy::{Said, Side};
use heliograph_domain::store::{Item, Table};
use heliograph_domain::tables::users::{self, User};
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::people::{self, PeopleError};
use heliograph_domain::{Address, Usage};
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::people::{Audience, Block, Contact, Privacy, Profile};
use heliograph_protocol::request::{
    BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove, NewContact,
    PrivacySet, ProfileGet, ProfileSet, Who,
};
use heliograph_protocol::{RequestId, UserId};

/// The number of whoever is registered as `n`-th; beyond, nobody's.
pub(crate) fn number(n: usize) -> PhoneNumber {
    format!("+467{n:08}").parse().unwrap()
}

/// A stage on which so many people have registered, with one device each.
pub(crate) async fn people<const N: usize>() -> (Stage, [Address; N]) {
    let stage = Stage::new(1).unwrap();
    let mut people = Vec::new();
    for n in 0..N {
        people.push(stage.register(number(n).as_str()).await.unwrap().0);
    }
    (stage, people.try_into().unwrap())
}

/// Makes users of numbers from `first` on, without devices, which is quicker.
pub(crate) async fn crowd(stage: &Stage, first: usize, count: usize) -> Vec<UserId> {
    let cx = stage.app.context();
    let mut ids = Vec::new();
    for n in first..first + count {
        // As random ids are, as many begin with each digit.
        let id: UserId = format!("{:x}{n:063}", n % 16).parse().unwrap();
        let user = User::new(number(n), cx.now_ms());
        let claim = users::claim_phone(&id, &user, false);
        for write in [claim, users::save(&id, &user).unwrap()] {
            stage.app.store.write(&cx, write).await.unwrap();
        }
        ids.push(id);
    }
    ids
}

pub(crate) fn id() -> RequestId {
    RequestId::from(1)
}

pub(crate) fn by_number(n: usize) -> NewContact {
    NewContact {
        who: Who::Number(number(n)),
        name: None,
    }
}

pub(crate) fn by_id(user_id: &UserId) -> NewContact {
    NewContact {
        who: Who::User(user_id.clone()),
        name: None,
    }
}

pub(crate) fn called(contact: NewContact, name: &str) -> NewContact {
    let name = Some(name.to_owned());
    NewContact { name, ..contact }
}

/// Puts contacts; returns the answer and the bill.
pub(crate) async fn try_put(
    stage: &Stage,
    by: &Address,
    contacts: Vec<NewContact>,
) -> (Result<Vec<Contact>, PeopleError>, Usage) {
    let cx = stage.app.context();
    let request = ContactsPut { id: id(), contacts };
    let put = people::put_contacts(&stage.app, &cx, by, request).await;
    (put.map(|ok| ok.contacts), cx.meter.read())
}

pub(crate) async fn put(stage: &Stage, by: &Address, contacts: Vec<NewContact>) -> Vec<Contact> {
    try_put(stage, by, contacts).await.0.unwrap()
}

pub(crate) async fn remove(stage: &Stage, by: &Address, user_ids: Vec<UserId>) {
    let request = ContactsRemove { id: id(), user_ids };
    let cx = stage.app.context();
    let removed = people::remove_contacts(&stage.app, &cx, by, request).await;
    removed.unwrap();
}

/// A page of contacts, and where to go on.
pub(crate) async fn contacts_page(
    stage: &Stage,
    by: &Address,
    after: Option<UserId>,
    limit: u16,
) -> (Vec<Contact>, Option<UserId>) {
    let id = id();
    let request = ContactsList { id, after, limit };
    let cx = stage.app.context();
    let page = people::list_contacts(&stage.app, &cx, by, request).await;
    let page = page.unwrap();
    assert_eq!(cx.meter.read().store_calls, 2, "the user and the page");
    (page.contacts, page.next)
}

/// A page of blocks, and where to go on.
pub(crate) async fn blocks_page(
    stage: &Stage,
    by: &Address,
    after: Option<UserId>,
    limit: u16,
) -> (Vec<Block>, Option<UserId>) {
    let id = id();
    let request = BlocksList { id, after, limit };
    let page = people::list_blocks(&stage.app, &stage.app.context(), by, request).await;
    let page = page.unwrap();
    (page.blocks, page.next)
}

/// Every contact, page by page.
pub(crate) async fn contacts(stage: &Stage, by: &Address) -> Vec<Contact> {
    let (mut all, mut next) = contacts_page(stage, by, None, 100).await;
    while let Some(after) = next {
        let (more, then) = contacts_page(stage, by, Some(after), 100).await;
        (all, next) = ([all, more].concat(), then);
    }
    all
}

/// Everybody blocked, page by page.
pub(crate) async fn blocked(stage: &Stage, by: &Address) -> Vec<UserId> {
    let (mut all, mut next) = blocks_page(stage, by, None, 100).await;
    while let Some(after) = next {
        let (more, then) = blocks_page(stage, by, Some(after), 100).await;
        (all, next) = ([all, more].concat(), then);
    }
    all.into_iter().map(|block| block.user_id).collect()
}

pub(crate) async fn try_block(
    stage: &Stage,
    by: &Address,
    user_id: &UserId,
) -> Result<(), PeopleError> {
    let (id, user_id) = (id(), user_id.clone());
    let request = BlocksPut { id, user_id };
    let blocked = people::block(&stage.app, &stage.app.context(), by, request).await;
    blocked.map(drop)
}

pub(crate) async fn block(stage: &Stage, by: &Address, user_id: &UserId) {
    try_block(stage, by, user_id).await.unwrap();
}

pub(crate) async fn unblock(stage: &Stage, by: &Address, user_id: &UserId) {
    let (id, user_id) = (id(), user_id.clone());
    let request = BlocksRemove { id, user_id };
    let unblocked = people::unblock(&stage.app, &stage.app.context(), by, request).await;
    unblocked.unwrap();
}

/// Says something of oneself: `None` leaves as it is, "" takes away.
pub(crate) fn saying([username, about, photo]: [Option<&str>; 3]) -> ProfileSet {
    ProfileSet {
        id: id(),
        username: username.map(ToOwned::to_owned),
        about: about.map(ToOwned::to_owned),
        photo_media_id: photo.map(ToOwned::to_owned),
    }
}

pub(crate) async fn say(stage: &Stage, by: &Address, said: [Option<&str>; 3]) {
    let cx = stage.app.context();
    let set = people::set_profile(&stage.app, &cx, by, saying(said)).await;
    set.unwrap();
}

pub(crate) async fn profiles(stage: &Stage, by: &Address, user_ids: Vec<UserId>) -> Vec<Profile> {
    let request = ProfileGet { id: id(), user_ids };
    let cx = stage.app.context();
    let got = people::get_profiles(&stage.app, &cx, by, request).await;
    got.unwrap().profiles
}

/// Sets nothing yet.
pub(crate) fn privacy_set() -> PrivacySet {
    PrivacySet {
        id: id(),
        last_seen: None,
        online: None,
        read_receipts: None,
        photo: None,
        group_add: None,
    }
}

pub(crate) async fn set_privacy(stage: &Stage, by: &Address, request: PrivacySet) -> Privacy {
    let cx = stage.app.context();
    let set = people::set_privacy(&stage.app, &cx, by, request).await;
    set.unwrap()
}

pub(crate) async fn privacy(stage: &Stage, by: &Address) -> Privacy {
    let got = people::get_privacy(&stage.app, &stage.app.context(), by).await;
    got.unwrap()
}

/// The rows of contacts and blocks that somebody owns.
pub(crate) fn rows(stage: &Stage, owner: &Address) -> Vec<Item> {
    let mut items = stage.store.inner.all();
    items.retain(|item| {
        item.key.table == Table::Contacts && item.key.partition == owner.user_id.as_str()
    });
    items
}

/// Runs something that never waits, as nothing on a stage does.
pub(crate) fn now<F: Future>(work: F) -> F::Output {
    futures_util::FutureExt::now_or_never(work).unwrap()
}

/// All that one side of a setting can be.
pub(crate) fn sides() -> Vec<Side> {
    let mut sides = Vec::new();
    for audience in [Audience::Everyone, Audience::Contacts, Audience::Nobody] {
        for (contact, block) in [(false, false), (false, true), (true, false), (true, true)] {
            let said = Said { contact, block };
            sides.push(Side { audience, said });
        }
    }
    sides
}

/// Lets one person have said this of another, whatever they said before.
pub(crate) async fn relate(stage: &Stage, one: &Address, other: &Address, said: Said) {
    let other = &other.user_id;
    match said.contact {
        true => drop(put(stage, one, vec![by_id(other)]).await),
        false => remove(stage, one, vec![other.clone()]).await,
    }
    match said.block {
        true => block(stage, one, other).await,
        false => unblock(stage, one, other).await,
    }
}
