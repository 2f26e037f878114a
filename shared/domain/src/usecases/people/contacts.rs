//! The people whom a person knows, found by their numbers.
//!
//! A number that nobody has and one whose owner blocks the asker look the same: both are left out,
//! and both cost the same reads. So that a block does not show by anything else either, who was
//! found by that number before stays found, and who is named by id is added as by anybody.

use super::{PeopleError, caller_user};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{BATCH_GET_MAX, Consistency, Item, Key, StoreError, Write};
use crate::tables::contacts::{self, StoredContact};
use crate::tables::users::User;
use crate::tables::{limits, users};
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::json_bytes;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::people::Contact;
use heliograph_protocol::reply::{ContactsListOk, ContactsPutOk, Empty};
use heliograph_protocol::request::{ContactsList, ContactsPut, ContactsRemove, NewContact, Who};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many calls to the store a request takes at most, if no more than 25 contacts are written.
const CALLS_MAX: usize = 8;
/// The window of the limit on numbers, in milliseconds: a day.
const WINDOW_MS: u64 = 24 * 60 * 60 * 1000;
/// More than an answered contact takes in JSON besides what was asked: an id of 64 characters, the
/// time and names of fields.
const CONTACT_OVERHEAD_BYTES: usize = 144;
/// More than a reply takes around the contacts in it.
const REPLY_OVERHEAD_BYTES: usize = 1024;
/// How large the contacts in an answer may be together.
const ANSWER_BYTES_MAX: usize = FRAME_BYTES_MAX - REPLY_OVERHEAD_BYTES;

/// Adds people to the caller's contacts, or changes what they are called.
///
/// 500 numbers of which 25 are found and new are 8 calls to DynamoDB: the limit, 5 batches of
/// numbers, one of what is known of them, and one of writes.
///
/// # Errors
/// [`PeopleError`]; some may be stored then, and putting them again is safe.
pub async fn put_contacts(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: ContactsPut,
) -> Result<ContactsPutOk, PeopleError> {
    let bytes = |contact: &NewContact| json_bytes(contact) + CONTACT_OVERHEAD_BYTES;
    if request.contacts.iter().map(bytes).sum::<usize>() > ANSWER_BYTES_MAX {
        return Err(PeopleError::TooLarge);
    }
    let me = &caller.user_id;
    let numbers = numbers(&request.contacts);
    check_limit(app, cx, me, numbers.len()).await?;
    let found = users::by_phones(&*app.store, cx, &numbers).await?;
    let found: HashMap<&PhoneNumber, UserId> = std::iter::zip(&numbers, found)
        .filter_map(|(number, user_id)| Some((number, user_id?)))
        .collect();
    let wanted = wanted(me, &request.contacts, &found);
    let known = load(app, cx, caller, &wanted, &numbers).await?;

    let mut decided = Vec::new();
    for (user_id, mentions) in wanted {
        decided.extend(known.decide(cx, user_id, &mentions)?);
    }
    decided.sort_by_key(|decided| decided.place);
    let mut writes = Vec::new();
    for decided in decided.iter().filter(|decided| decided.is_changed) {
        let contact = &decided.contact;
        writes.push(contacts::add(me, &known.me, &decided.user_id, contact)?);
    }
    let contacts: Vec<Contact> = decided.into_iter().map(Contact::from).collect();
    // What people were called before, and are not called anew, was not counted yet.
    if json_bytes(&contacts) > ANSWER_BYTES_MAX {
        return Err(PeopleError::TooLarge);
    }
    app.store.batch_write(cx, writes).await?;
    Ok(ContactsPutOk { contacts })
}

/// The numbers asked for, each once.
fn numbers(asked: &[NewContact]) -> Vec<PhoneNumber> {
    let mut seen = HashSet::new();
    let numbers = asked.iter().filter_map(|contact| match &contact.who {
        Who::Number(number) => Some(number.clone()),
        Who::User(_) => None,
    });
    numbers
        .filter(|number| seen.insert(number.clone()))
        .collect()
}

async fn check_limit(
    app: &App,
    cx: &Context,
    me: &UserId,
    numbers: usize,
) -> Result<(), PeopleError> {
    let Some(max) = app.limits.numbers_per_day else {
        return Ok(());
    };
    if numbers == 0 {
        return Ok(());
    }
    let subject = app.keys.blind(&[me.as_str()]);
    let (store, count) = (&*app.store, u32::try_from(numbers).unwrap_or(u32::MAX));
    let counted = limits::count(store, cx, "numbers", &subject, count, max, WINDOW_MS).await?;
    counted.map_err(PeopleError::RateLimited)
}

/// Who is meant, each once, and where in the request they are named.
type Wanted<'a> = Vec<(UserId, Vec<(usize, &'a NewContact)>)>;

fn wanted<'a>(
    me: &UserId,
    asked: &'a [NewContact],
    found: &HashMap<&PhoneNumber, UserId>,
) -> Wanted<'a> {
    let mut wanted: Wanted<'a> = Vec::new();
    let mut places: HashMap<&UserId, usize> = HashMap::new();
    for (place, contact) in asked.iter().enumerate() {
        let user_id = match &contact.who {
            Who::Number(number) => found.get(number),
            Who::User(user_id) => Some(user_id),
        };
        let Some(user_id) = user_id.filter(|user_id| *user_id != me) else {
            continue;
        };
        let of_user = *places.entry(user_id).or_insert(wanted.len());
        match wanted.get_mut(of_user) {
            Some((_, mentions)) => mentions.push((place, contact)),
            None => wanted.push((user_id.clone(), vec![(place, contact)])),
        }
    }
    wanted
}

/// What is known of the people who are meant.
struct Known {
    me: User,
    /// The user, the caller's contact row, and the user's block on the caller.
    others: BTreeMap<UserId, (User, Option<Item>, Option<Item>)>,
}

async fn load(
    app: &App,
    cx: &Context,
    caller: &Address,
    wanted: &Wanted<'_>,
    numbers: &[PhoneNumber],
) -> Result<Known, PeopleError> {
    let me = &caller.user_id;
    let keys_of = |other: &UserId| -> [Key; 3] {
        [
            users::key(other),
            contacts::contact_key(me, other),
            contacts::block_key(other, me),
        ]
    };
    let mut keys = vec![users::key(me)];
    keys.extend(wanted.iter().flat_map(|(user_id, _)| keys_of(user_id)));
    for number in &numbers[..masks(wanted, numbers)] {
        let nobody = app.keys.blind(&["nobody", number.as_str()]);
        if let Ok(nobody) = nobody.parse() {
            keys.extend(keys_of(&nobody));
        }
    }
    let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
    let mut items = items.into_iter();
    let mine = items.next().flatten().ok_or(PeopleError::Revoked)?;
    let mine = users::from_item(&mine)?;
    // What a device of a former holder sends late is not the new holder's.
    mine.device(caller).ok_or(PeopleError::Revoked)?;
    let mut others = BTreeMap::new();
    for (user_id, _) in wanted {
        let [user, contact, block] = std::array::from_fn(|_| items.next().flatten());
        if let Some(user) = user {
            others.insert(user_id.clone(), (users::from_item(&user)?, contact, block));
        }
    }
    Ok(Known { me: mine, others })
}

/// Of so many numbers, so many are read for as if somebody had them, whether somebody does or not: time
/// is not to tell who is there. All of up to 133; of more, as many as [`CALLS_MAX`] leave room for.
fn masked(numbers: usize) -> usize {
    // The limit, the numbers, and what is new.
    let batches = CALLS_MAX.saturating_sub(2 + numbers.div_ceil(BATCH_GET_MAX));
    // Three rows a person, and the caller's own.
    numbers.min((batches * BATCH_GET_MAX).saturating_sub(1) / 3)
}

/// How many numbers are read for as if they were found: as many as it takes to read for the same
/// count of people, whichever of the [`masked`] numbers are found, and whosever they are.
fn masks(wanted: &Wanted<'_>, numbers: &[PhoneNumber]) -> usize {
    let is_by_id = |(_, contact): &(usize, &NewContact)| matches!(contact.who, Who::User(_));
    let by_id = wanted
        .iter()
        .filter(|(_, mentions)| mentions.iter().any(is_by_id));
    let by_number_only = wanted.len() - by_id.count();
    masked(numbers.len()).saturating_sub(by_number_only)
}

/// What becomes of somebody.
struct Decided {
    user_id: UserId,
    contact: StoredContact,
    is_changed: bool,
    /// Where the request names them first.
    place: usize,
}

impl From<Decided> for Contact {
    fn from(decided: Decided) -> Self {
        Self {
            user_id: decided.user_id,
            phone_number: decided.contact.phone_number,
            name: decided.contact.name,
            added_at: decided.contact.added_at,
        }
    }
}

impl Known {
    /// Decides what is stored of a person, and whether that changes; `None` for who is not there, or
    /// does not want to be found. Of several names the last counts.
    fn decide(
        &self,
        cx: &Context,
        user_id: UserId,
        mentions: &[(usize, &NewContact)],
    ) -> Result<Option<Decided>, StoreError> {
        let Some((user, contact, block)) = self.others.get(&user_id) else {
            return Ok(None);
        };
        let before = match contact {
            Some(item) if contacts::counts(Some(item), self.me.created_at) => {
                Some(contacts::contact(item)?)
            }
            _ => None,
        };
        let mut after = before.clone().unwrap_or(StoredContact {
            phone_number: None,
            name: None,
            added_at: cx.now_ms(),
        });
        let is_hidden = contacts::counts(block.as_ref(), user.created_at);
        let mut first = None;
        for (place, mention) in mentions {
            if let Who::Number(number) = &mention.who {
                let is_known = after.phone_number.as_ref() == Some(number);
                if is_hidden && !is_known {
                    continue;
                }
                after.phone_number = Some(number.clone());
            }
            if let Some(name) = &mention.name {
                after.name = Some(name.clone());
            }
            first.get_or_insert(*place);
        }
        Ok(first.map(|place| Decided {
            is_changed: before.as_ref() != Some(&after),
            user_id,
            contact: after,
            place,
        }))
    }
}

/// Takes people out of the caller's contacts; who was not there is fine.
///
/// # Errors
/// [`PeopleError`].
pub async fn remove_contacts(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: ContactsRemove,
) -> Result<Empty, PeopleError> {
    caller_user(app, cx, caller).await?;
    let user_ids: BTreeSet<UserId> = request.user_ids.into_iter().collect();
    let delete = |other| Write::delete(contacts::contact_key(&caller.user_id, other));
    app.store
        .batch_write(cx, user_ids.iter().map(delete).collect())
        .await?;
    Ok(Empty {})
}

/// Answers a page of the caller's contacts.
///
/// # Errors
/// [`PeopleError`].
pub async fn list_contacts(
    app: &App,
    cx: &Context,
    caller: &Address,
    request: ContactsList,
) -> Result<ContactsListOk, PeopleError> {
    let user = caller_user(app, cx, caller).await?;
    let (after, limit) = (request.after.as_ref(), usize::from(request.limit));
    let owner = (&caller.user_id, &user);
    let page = contacts::contacts(&*app.store, cx, owner, after, limit).await?;
    Ok(ContactsListOk {
        contacts: page.rows,
        next: page.next,
    })
}
