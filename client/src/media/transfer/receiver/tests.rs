//! A file that comes in runs, over a network that cuts and with a disk that forgets.

use super::*;
use crate::media::seal::{Sealed, seal, sealed_len};
use crate::media::transfer::About;
use heliograph_protocol::media::MediaKind;
use proptest::prelude::*;
use std::io::Cursor;

fn sealed(plain: &[u8]) -> (Attachment, Vec<u8>) {
    let mut bytes = Vec::new();
    let facts: Sealed = seal(&mut &*plain, &mut bytes).unwrap();
    let attachment = Attachment {
        media_id: "m".parse().unwrap(),
        key: facts.key,
        sealed_bytes: facts.sealed_bytes,
        sha256: facts.sha256,
        kind: MediaKind::Document,
        about: About::default(),
    };
    (attachment, bytes)
}

fn plain(bytes: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(bytes).collect()
}

fn receiver(of: &Attachment, there: Vec<u8>) -> Receiver<Cursor<Vec<u8>>> {
    Receiver::resume(of, Cursor::new(there)).unwrap()
}

/// Gets as much as comes; gives what is on the disk then.
fn run(of: &Attachment, sealed: &[u8], there: Vec<u8>, comes: usize) -> Vec<u8> {
    let mut receiver = receiver(of, there);
    let from = usize::try_from(receiver.next_byte()).unwrap();
    let to = sealed.len().min(from.saturating_add(comes));
    for piece in sealed[from..to].chunks(30_011) {
        receiver.push(piece).unwrap();
    }
    receiver.partial.into_inner()
}

/// Gets all that is missing, twice if what is there turns out to be wrong.
fn end(of: &Attachment, sealed: &[u8], there: Vec<u8>) -> (Verdict, Vec<u8>) {
    let mut receiver = receiver(of, there);
    let from = usize::try_from(receiver.next_byte()).unwrap();
    receiver.push(&sealed[from..]).unwrap();
    assert!(receiver.is_whole());
    let mut verdict = receiver.verdict();
    if verdict == Verdict::Again {
        receiver.restart().unwrap();
        assert_eq!(receiver.next_byte(), 0);
        receiver.push(sealed).unwrap();
        verdict = receiver.verdict();
    }
    (verdict, receiver.partial.into_inner())
}

/// What a crash leaves of a file on a disk.
#[derive(Clone, Debug)]
enum Crash {
    Nothing,
    Shorter(prop::sample::Index),
    Longer(usize),
    Changed(prop::sample::Index),
}

fn crash() -> impl Strategy<Value = Crash> {
    prop_oneof![
        4 => Just(Crash::Nothing),
        2 => any::<prop::sample::Index>().prop_map(Crash::Shorter),
        1 => (1..200_000_usize).prop_map(Crash::Longer),
        1 => any::<prop::sample::Index>().prop_map(Crash::Changed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn however_it_comes_the_end_is_the_file(
        bytes in prop_oneof![Just(0), Just(CHUNK_BYTES), Just(CHUNK_BYTES * 3), 0..CHUNK_BYTES * 4],
        runs in proptest::collection::vec((0..CHUNK_BYTES * 2, crash()), 0..6),
    ) {
        let plain = plain(bytes);
        let (of, sealed) = sealed(&plain);
        let mut there = Vec::new();
        for (comes, crash) in runs {
            there = run(&of, &sealed, there, comes);
            match crash {
                Crash::Shorter(at) => there.truncate(at.index(there.len() + 1)),
                Crash::Longer(by) => there.resize(there.len() + by, 0),
                Crash::Changed(at) if !there.is_empty() => {
                    let at = at.index(there.len());
                    there[at] ^= 1;
                }
                _ => {}
            }
        }
        let (verdict, file) = end(&of, &sealed, there);
        prop_assert_eq!(verdict, Verdict::Genuine);
        prop_assert_eq!(file, plain);
    }

    #[test]
    fn nothing_that_came_is_asked_for_again(bytes in 1..CHUNK_BYTES * 4, comes in any::<prop::sample::Index>()) {
        let plain = plain(bytes);
        let (of, sealed) = sealed(&plain);
        let comes = comes.index(sealed.len() + 1);
        let there = run(&of, &sealed, Vec::new(), comes);
        let next = receiver(&of, there).next_byte();
        let chunk = sealed_len(CHUNK_BYTES as u64).unwrap();
        let came = comes as u64;
        prop_assert!(next <= came && (came - next < chunk));
    }
}

#[test]
fn a_changed_chunk_is_forged_at_once() {
    let (of, mut sealed) = sealed(&plain(CHUNK_BYTES * 2));
    sealed[CHUNK_BYTES + 100] ^= 1;
    let mut receiver = receiver(&of, Vec::new());
    let pushed = receiver.push(&sealed);
    assert!(matches!(pushed, Err(OpenError::Forged(1))));
    assert_eq!(receiver.partial.into_inner().len(), CHUNK_BYTES);
}

#[test]
fn another_file_of_the_same_key_is_forged_too() {
    let (mut of, sealed) = sealed(&plain(100));
    of.sha256.0[0] ^= 1;
    let (verdict, _) = end(&of, &sealed, Vec::new());
    assert_eq!(verdict, Verdict::Forged);
}

#[test]
fn impossible_lengths_are_no_files() {
    let (of, _) = sealed(b"x");
    for sealed_bytes in [0, 15, 65_553, u64::MAX] {
        let of = Attachment {
            sealed_bytes,
            ..of.clone()
        };
        let resumed = Receiver::resume(&of, Cursor::new(Vec::new()));
        assert!(matches!(resumed, Err(OpenError::Length(_))));
    }
}
