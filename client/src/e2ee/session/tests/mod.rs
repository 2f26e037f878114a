//! What is said in sessions arrives, once, and nothing else does.

mod conversation;
mod hostile;

use super::*;
use crate::e2ee::tests::{Device, context};
use crate::e2ee::wire::{FirstMessage, SessionMessage};
use crate::e2ee::{Ciphertext, Context};

/// Encrypts, steps the session, and tells what is sent.
fn say(session: &mut Session, content: &[u8], context: &Context) -> Ciphertext {
    let encrypted = session.encrypt(content, context).unwrap();
    *session = encrypted.session;
    let text = encrypted.ciphertext.to_string();
    assert_eq!(text.parse(), Ok(encrypted.ciphertext.clone()));
    encrypted.ciphertext
}

/// Decrypts a message of a session, and steps that.
fn hear(
    session: &mut Session,
    ciphertext: &Ciphertext,
    context: &Context,
) -> Result<Vec<u8>, DecryptError> {
    let decrypted = session.decrypt(of_session(ciphertext), context)?;
    *session = decrypted.session;
    Ok(decrypted.content)
}

fn of_session(ciphertext: &Ciphertext) -> &SessionMessage {
    match ciphertext {
        Ciphertext::Session(message) => message,
        other => panic!("{other:?}"),
    }
}

fn first(ciphertext: &Ciphertext) -> &FirstMessage {
    match ciphertext {
        Ciphertext::First(message) => message,
        other => panic!("{other:?}"),
    }
}

/// What bytes would tell of them as they stand in a text or in a Debug of numbers.
fn tells(shown: &str, secret: &[u8]) -> bool {
    let numbers: Vec<String> = secret.iter().map(u8::to_string).collect();
    shown.contains(&numbers[..4].join(", "))
}

/// Two devices in the middle of a conversation.
fn talking(alice: &Device, bob: &Device) -> (Session, Session) {
    let mut alices = Session::initiate(&alice.me, &bob.bundle()).unwrap();
    let here = context("alice", "bob", 0);
    let begun = say(&mut alices, b"hello", &here);
    let joined = Session::respond(&bob.me, bob.secrets(), first(&begun), &here).unwrap();
    let mut bobs = joined.session;
    let back = context("bob", "alice", 0);
    let answer = say(&mut bobs, b"hello yourself", &back);
    hear(&mut alices, &answer, &back).unwrap();
    (alices, bobs)
}
