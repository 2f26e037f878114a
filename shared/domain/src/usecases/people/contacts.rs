//! The people whom a person knows, found by their numbers.
//!
//! A number that nobody has and one whose owner blocks the asker look the same: both are left out,
//! and both cost the same, as all that is asked besides is whom the asker knows and who blocks them. So
//! that a block does not show by anything else either, who was found by that number before stays
//! found, and who is named by id is added as by anybody.

use super::{PeopleError, TRIES, caller_user};
use crate::Context;
use crate::address::Address;
use crate::app::App;
use crate::store::{Consistency, Key, StoreError, StoreErrorKind, TransactOutcome};
use crate::tables::contacts::blocks::{self, BlockedBy};
use crate::tables::contacts::book::{self, Book, CONTACTS_MAX, StoredContact};
use crate::tables::users::{Account, User};
use crate::tables::{limits, users};
use heliograph_protocol::UserId;
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::json_bytes;
use heliograph_protocol::limits::FRAME_BYTES_MAX;
use heliograph_protocol::people::Contact;
use heliograph_protocol::reply::{ContactsListOk, ContactsPutOk, Empty};
use heliograph_protocol::request::{ContactsList, ContactsPut, ContactsRemove, NewContact, Who};
use std::collections::{BTreeSet, HashMap, HashSet};

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
/// 500 people are 8 calls to DynamoDB at most: the limit, 5 batches of who they are, one of whom the
/// caller knows and who blocks them, and one transaction.
///
/// # Errors
/// [`PeopleError`]; nothing is stored then.
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
    let wanted = find(app, cx, me, &request.contacts, &numbers).await?;
    for _ in 0..TRIES {
        let known = Known::load(app, cx, caller).await?;
        let mut decided = Vec::new();
        for person in &wanted {
            decided.extend(known.decide(cx, person)?);
        }
        decided.sort_by_key(|decided| decided.place);
        let new = decided.iter().filter(|decided| decided.is_new).count();
        if new > 0 && known.book.size() + new > CONTACTS_MAX {
            return Err(PeopleError::Full);
        }
        let changed = decided.iter().filter(|decided| decided.is_changed);
        let changed = changed.map(|decided| (&decided.user_id, &decided.contact));
        let writes = known.book.put(changed)?;
        let contacts: Vec<Contact> = decided.into_iter().map(Contact::from).collect();
        // What people were called before, and are not called anew, was not counted yet.
        if json_bytes(&contacts) > ANSWER_BYTES_MAX {
            return Err(PeopleError::TooLarge);
        }
        let is_done =
            writes.is_empty() || app.store.transact(cx, writes).await? == TransactOutcome::Applied;
        if is_done {
            return Ok(ContactsPutOk { contacts });
        }
    }
    Err(StoreError::new(StoreErrorKind::Conflict).into())
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

/// Somebody who is meant, and where in the request they are named.
struct Person<'a> {
    account: Account,
    mentions: Vec<(usize, &'a NewContact)>,
}

/// Finds out who is meant, each once; who is not there is left out, and so is the caller.
async fn find<'a>(
    app: &App,
    cx: &Context,
    me: &UserId,
    asked: &'a [NewContact],
    numbers: &[PhoneNumber],
) -> Result<Vec<Person<'a>>, StoreError> {
    let ids = asked.iter().filter_map(|contact| match &contact.who {
        Who::User(user_id) => Some(user_id.clone()),
        Who::Number(_) => None,
    });
    let ids: Vec<UserId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    let (by_number, by_id) = users::find(&*app.store, cx, numbers, &ids).await?;
    let by_number: HashMap<_, _> = std::iter::zip(numbers, by_number).collect();
    let by_id: HashMap<_, _> = std::iter::zip(&ids, by_id).collect();
    let mut people: Vec<Person<'a>> = Vec::new();
    let mut places: HashMap<&UserId, usize> = HashMap::new();
    for (place, contact) in asked.iter().enumerate() {
        let account = match &contact.who {
            Who::Number(number) => by_number.get(number),
            Who::User(user_id) => by_id.get(user_id),
        };
        let Some(account) = account.and_then(Option::as_ref) else {
            continue;
        };
        if account.user_id == *me {
            continue;
        }
        let of_user = *places.entry(&account.user_id).or_insert(people.len());
        match people.get_mut(of_user) {
            Some(person) => person.mentions.push((place, contact)),
            None => people.push(Person {
                account: account.clone(),
                mentions: vec![(place, contact)],
            }),
        }
    }
    Ok(people)
}

/// Whom the caller knows, and who blocks them: the same rows whomever they ask for, so that the bill
/// and the time tell nothing.
struct Known {
    book: Book,
    blocked_by: BlockedBy,
}

impl Known {
    async fn load(app: &App, cx: &Context, caller: &Address) -> Result<Self, PeopleError> {
        let me = &caller.user_id;
        let mine = std::iter::once(users::key(me));
        let keys: Vec<Key> = mine
            .chain(book::keys(me))
            .chain(blocks::by_keys(me))
            .collect();
        let items = app.store.batch_get(cx, &keys, Consistency::Strong).await?;
        let mut items = items.into_iter();
        let user = items.next().flatten().ok_or(PeopleError::Revoked)?;
        let user: User = users::from_item(&user)?;
        // What a device of a former holder sends late is not the new holder's.
        user.device(caller).ok_or(PeopleError::Revoked)?;
        Ok(Self {
            book: Book::new(me, &user, items.by_ref()),
            blocked_by: BlockedBy::new(items),
        })
    }

    /// Decides what is stored of a person, and whether that changes; `None` for who does not want to be
    /// found. Of several names the last counts.
    fn decide(&self, cx: &Context, person: &Person<'_>) -> Result<Option<Decided>, StoreError> {
        let Account {
            user_id,
            created_at,
        } = &person.account;
        let before = self.book.get(user_id)?;
        let mut after = before.clone().unwrap_or(StoredContact {
            phone_number: None,
            name: None,
            added_at: cx.now_ms(),
        });
        let is_hidden = self.blocked_by.is_by(user_id, *created_at);
        let mut first = None;
        for (place, mention) in &person.mentions {
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
            user_id: user_id.clone(),
            is_new: before.is_none(),
            is_changed: before.as_ref() != Some(&after),
            contact: after,
            place,
        }))
    }
}

/// What becomes of somebody.
struct Decided {
    user_id: UserId,
    contact: StoredContact,
    is_new: bool,
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
    let user = caller_user(app, cx, caller).await?;
    let people: BTreeSet<UserId> = request.user_ids.into_iter().collect();
    book::remove(&*app.store, cx, (&caller.user_id, &user), &people).await?;
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
    let page = book::page(&*app.store, cx, owner, after, limit).await?;
    Ok(ContactsListOk {
        contacts: page.rows,
        next: page.next,
    })
}
