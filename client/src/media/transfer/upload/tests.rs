//! An upload against a store that answers as it likes, and a disk that remembers what was noted last.

use super::*;
use crate::media::seal::MediaKey;
use crate::media::transfer::RetryReason;
use heliograph_protocol::media::{Sha256, SignedPart};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SIGNED_MS: u64 = 15 * 60 * 1_000;

fn sealed(sealed_bytes: u64) -> Sealed {
    let parts = sealed_bytes.div_ceil(MEDIA_PART_BYTES);
    Sealed {
        key: MediaKey::try_from(&[1; 32][..]).unwrap(),
        plain_bytes: 0,
        sealed_bytes,
        sha256: Sha256([2; 32]),
        parts_sha256: (0..parts).map(|_| Sha256([3; 32])).collect(),
    }
}

fn upload(sealed_bytes: u64) -> Upload {
    Upload::new(sealed(sealed_bytes), MediaKind::Document, About::default())
}

/// The service and the store, which count.
#[derive(Default)]
struct World {
    now_ms: u64,
    places: u64,
    /// The parts that the store has, and those that it has said so of, by place.
    stored: BTreeSet<(u64, usize)>,
    acknowledged: BTreeSet<(u64, usize)>,
    complete: BTreeSet<u64>,
}

impl World {
    fn answer(&mut self, request: &MediaUpload) -> MediaUploadOk {
        self.places += 1;
        let signed = || SignedRequest {
            method: "PUT".to_owned(),
            url: format!("https://store/{}", self.places),
            headers: BTreeMap::new(),
        };
        let parts = (1..).zip(&request.parts_sha256);
        let upload = match request.multipart {
            false => media::Upload::Whole(signed()),
            true => media::Upload::Parts {
                part_size: MEDIA_PART_BYTES,
                parts: parts
                    .map(|(part_number, _)| SignedPart {
                        part_number,
                        request: signed(),
                    })
                    .collect(),
            },
        };
        MediaUploadOk {
            media_id: format!("place-{}", self.places).parse().unwrap(),
            upload,
            expires_at: self.now_ms + SIGNED_MS,
        }
    }

    fn place_of(request: &SignedRequest) -> u64 {
        request.url.rsplit('/').next().unwrap().parse().unwrap()
    }
}

/// What happens at a step.
#[derive(Clone, Copy, Debug)]
enum Luck {
    Good,
    /// It happens, but nobody is told.
    AnswerLost,
    Fails(u16),
    /// The process dies before it notes the answer.
    Killed,
    /// Time passes first.
    Late(u64),
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        6 => Just(Luck::Good),
        1 => Just(Luck::AnswerLost),
        1 => prop::sample::select(vec![429, 500, 503, 400, 403, 404]).prop_map(Luck::Fails),
        1 => Just(Luck::Killed),
        1 => (0..SIGNED_MS * 2).prop_map(Luck::Late),
    ]
}

/// Takes one step of an upload that was just read from the disk; tells what is on the disk then.
fn step(upload: &Upload, world: &mut World, luck: Luck, choice: usize) -> Upload {
    let json = serde_json::to_vec(upload).unwrap();
    let mut next: Upload = serde_json::from_slice(&json).unwrap();
    assert_eq!(next, *upload, "nothing is lost on the disk");
    if let Luck::Late(ms) = luck {
        world.now_ms += ms;
    }
    let has_answer = !matches!(luck, Luck::AnswerLost | Luck::Killed);
    let fails = match luck {
        Luck::Fails(status) => Some(status),
        _ => None,
    };
    match next.step(world.now_ms) {
        UploadStep::Ask(request) => {
            let answer = world.answer(&request);
            if has_answer && fails.is_none() {
                next.place(answer, world.now_ms).unwrap();
            }
        }
        UploadStep::Put(puts) => {
            let put = &puts[choice % puts.len()];
            let name = (World::place_of(&put.request), put.index);
            assert!(!world.acknowledged.contains(&name), "put twice");
            let status = fails.unwrap_or(match world.stored.contains(&name) {
                true if !next.is_in_parts() => 412,
                _ => 200,
            });
            if fails.is_none() {
                world.stored.insert(name);
            }
            if has_answer {
                match next.put(put.index, status, Some(format!("etag-{}", put.index)), None) {
                    Ok(()) => _ = world.acknowledged.insert(name),
                    Err(Setback::Stale) => next.begin_anew().unwrap(),
                    Err(other) => {
                        assert_eq!(other, Setback::passing(RetryReason::Rejected(status)));
                    }
                }
            }
        }
        UploadStep::Complete(request) => {
            let place: u64 = request.media_id.as_str()[6..].parse().unwrap();
            let numbers = request
                .parts
                .iter()
                .map(|part| usize::from(part.part_number));
            assert!(numbers.eq(1..=upload.sealed.parts_sha256.len()));
            for (index, part) in request.parts.iter().enumerate() {
                assert_eq!(part.etag, format!("etag-{index}"));
                assert!(world.stored.contains(&(place, index)));
            }
            match fails {
                None => _ = world.complete.insert(place),
                Some(403 | 404) => next.begin_anew().unwrap(),
                Some(_) => {}
            }
            if has_answer && fails.is_none() {
                next.complete();
            }
        }
        UploadStep::Done(_) => {}
    }
    next
}

proptest! {
    #[test]
    fn whatever_happens_the_file_is_there_in_the_end(
        sealed_bytes in 1..MEDIA_PART_BYTES * 5,
        story in proptest::collection::vec((luck(), any::<usize>()), 0..19),
    ) {
        let (mut upload, mut world) = (upload(sealed_bytes), World::default());
        for (luck, choice) in story {
            upload = step(&upload, &mut world, luck, choice);
        }
        for _ in 0..8 {
            upload = step(&upload, &mut world, Luck::Good, 0);
        }
        let UploadStep::Done(attachment) = upload.step(world.now_ms) else {
            panic!("not done: {upload:?}");
        };
        prop_assert_eq!(upload.put_bytes(), sealed_bytes);
        let place: u64 = attachment.media_id.as_str()[6..].parse().unwrap();
        for index in 0..upload.sealed.parts_sha256.len() {
            prop_assert!(world.stored.contains(&(place, index)));
        }
        let is_made = world.complete.contains(&place) || !upload.is_in_parts();
        prop_assert!(is_made);
    }

    #[test]
    fn parts_are_the_file(sealed_bytes in 1..MEDIA_PART_BYTES * 13) {
        let (mut upload, mut world) = (upload(sealed_bytes), World::default());
        upload = step(&upload, &mut world, Luck::Good, 0);
        let UploadStep::Put(puts) = upload.step(0) else { panic!("nothing to put") };
        let mut end = 0;
        for put in puts {
            prop_assert_eq!(put.bytes.start, end);
            prop_assert!(put.bytes.end - put.bytes.start <= MEDIA_PART_BYTES);
            end = put.bytes.end;
        }
        prop_assert_eq!(end, sealed_bytes);
    }
}

#[test]
fn addresses_that_are_over_are_asked_for_anew() {
    let (mut upload, mut world) = (upload(MEDIA_PART_BYTES * 2), World::default());
    upload = step(&upload, &mut world, Luck::Good, 0);
    upload = step(&upload, &mut world, Luck::Good, 0);
    assert_eq!(upload.put_bytes(), MEDIA_PART_BYTES);
    assert!(matches!(upload.step(SIGNED_MS / 2), UploadStep::Put(puts) if puts.len() == 1));
    assert!(matches!(upload.step(SIGNED_MS), UploadStep::Ask(_)));
}

#[test]
fn a_clock_that_is_fast_forgets_no_parts() {
    let (mut upload, mut world) = (upload(MEDIA_PART_BYTES * 2), World::default());
    upload = step(&upload, &mut world, Luck::Good, 0);
    // By ten minutes: the service's answer says that five are left.
    let mut fast = upload.clone();
    fast.place = None;
    let now_ms = SIGNED_MS / 3 * 2;
    fast.place(world.answer(&fast.request()), now_ms).unwrap();
    assert!(matches!(
        fast.step(now_ms + SIGNED_MS / 2),
        UploadStep::Put(_)
    ));
}

#[test]
fn parts_that_are_all_there_are_made_a_file_however_late() {
    let (mut upload, mut world) = (upload(MEDIA_PART_BYTES * 2), World::default());
    for _ in 0..3 {
        upload = step(&upload, &mut world, Luck::Good, 0);
    }
    assert!(matches!(
        upload.step(SIGNED_MS * 2),
        UploadStep::Complete(_)
    ));
}

#[test]
fn nonsense_is_no_place() {
    let mut world = World::default();
    let (mut small, mut large) = (upload(5), upload(MEDIA_PART_BYTES * 2));
    let whole = world.answer(&small.request());
    let parts = world.answer(&large.request());
    let nonsense = Err(Setback::Final(TransferError::Answer));
    assert_eq!(small.place(parts.clone(), 0), nonsense);
    assert_eq!(large.place(whole.clone(), 0), nonsense);

    let mut other = whole;
    if let media::Upload::Whole(request) = &mut other.upload {
        request.method = "DELETE".to_owned();
    }
    assert_eq!(small.place(other, 0), nonsense);

    let mut fewer = parts;
    if let media::Upload::Parts { parts, .. } = &mut fewer.upload {
        parts.pop();
    }
    assert_eq!(large.place(fewer, 0), nonsense);
    large.place(world.answer(&large.request()), 0).unwrap();
    assert_eq!(large.put(0, 200, None, None), nonsense);
}

#[test]
fn no_secret_is_in_its_debug() {
    let (mut upload, mut world) = (upload(5), World::default());
    upload = step(&upload, &mut world, Luck::Good, 0);
    let debug = format!("{upload:?} {:?}", upload.step(0));
    assert!(
        !debug.contains("store") && !debug.contains("place-"),
        "{debug}"
    );
}
