//! What is sealed opens, and nothing else does.

use super::*;
use proptest::prelude::*;

fn bytes(len: usize) -> Vec<u8> {
    (0..len)
        .map(|at| u8::try_from(at * 31 % 251).unwrap())
        .collect()
}

fn sealed(plain: &[u8]) -> (Sealed, Vec<u8>) {
    let mut to = Vec::new();
    let facts = seal(&mut &*plain, &mut to).unwrap();
    assert_eq!(facts.sealed_bytes, to.len() as u64);
    (facts, to)
}

fn opened(facts: &Sealed, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut plain = Vec::new();
    let length = sealed.len() as u64;
    open(&facts.key, length, &mut &*sealed, &mut plain).map(|()| plain)
}

/// Lengths around the borders of chunks, and others.
fn lengths() -> impl Strategy<Value = usize> {
    let border = (0..4_usize, 0..40_usize).prop_map(|(chunk, by)| {
        let border = chunk * CHUNK_BYTES;
        (border + by).saturating_sub(20)
    });
    prop_oneof![3 => border, 1 => 0..5 * CHUNK_BYTES]
}

/// A file of several chunks, by chunk.
fn by_chunk(sealed: &[u8]) -> Vec<&[u8]> {
    sealed.chunks(SEALED_CHUNK_BYTES).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(len in lengths()) {
        let plain = bytes(len);
        let (facts, sealed) = sealed(&plain);
        prop_assert_eq!(facts.plain_bytes, len as u64);
        prop_assert_eq!(sealed_len(facts.plain_bytes), Some(facts.sealed_bytes));
        prop_assert_eq!(opened(&facts, &sealed).unwrap(), plain);
    }

    #[test]
    fn pieces_do_not_matter(len in lengths(), piece in 1..100_000_usize) {
        let plain = bytes(len);
        let mut whole = Vec::new();
        let key = MediaKey::try_from(&[7; 32][..]).unwrap();
        let mut sealer = Sealer::with(key).unwrap();
        let mut sealed = Vec::new();
        for piece in plain.chunks(piece) {
            sealer.push(piece, |bytes| { sealed.extend_from_slice(bytes); Ok(()) }).unwrap();
        }
        let facts = sealer.finish(|bytes| { sealed.extend_from_slice(bytes); Ok(()) }).unwrap();
        let mut opener = Opener::new(&facts.key, facts.sealed_bytes).unwrap();
        for piece in sealed.chunks(piece) {
            opener.push(piece, |bytes| { whole.extend_from_slice(bytes); Ok(()) }).unwrap();
        }
        opener.finish().unwrap();
        prop_assert_eq!(whole, plain);
    }

    #[test]
    fn a_flipped_bit_is_refused(len in lengths(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let (facts, mut sealed) = sealed(&bytes(len));
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        let chunk = u32::try_from(at / SEALED_CHUNK_BYTES).unwrap();
        prop_assert!(matches!(opened(&facts, &sealed), Err(OpenError::Forged(of)) if of == chunk));
    }

    #[test]
    fn a_lost_chunk_is_refused(len in 1..4 * CHUNK_BYTES, at in any::<prop::sample::Index>()) {
        let (facts, sealed) = sealed(&bytes(len));
        let mut chunks = by_chunk(&sealed);
        chunks.remove(at.index(chunks.len()));
        prop_assert!(opened(&facts, &chunks.concat()).is_err());
    }

    #[test]
    fn a_doubled_chunk_is_refused(len in lengths(), at in any::<prop::sample::Index>()) {
        let (facts, sealed) = sealed(&bytes(len));
        let mut chunks = by_chunk(&sealed);
        let at = at.index(chunks.len());
        chunks.insert(at, chunks[at]);
        prop_assert!(opened(&facts, &chunks.concat()).is_err());
    }

    #[test]
    fn swapped_chunks_are_refused(
        len in CHUNK_BYTES + 1..4 * CHUNK_BYTES,
        at in any::<prop::sample::Index>(),
    ) {
        let (facts, sealed) = sealed(&bytes(len));
        let mut chunks = by_chunk(&sealed);
        let at = at.index(chunks.len() - 1);
        chunks.swap(at, at + 1);
        prop_assert!(opened(&facts, &chunks.concat()).is_err());
    }

    #[test]
    fn a_shorter_file_is_refused(len in lengths(), to in any::<prop::sample::Index>()) {
        let (facts, sealed) = sealed(&bytes(len));
        let cut = &sealed[..to.index(sealed.len())];
        prop_assert!(opened(&facts, cut).is_err());
        // Also when it is said to be as long as it was.
        let mut plain = Vec::new();
        let ended = open(&facts.key, facts.sealed_bytes, &mut &*cut, &mut plain);
        prop_assert!(matches!(ended, Err(OpenError::Truncated)));
    }

    #[test]
    fn a_longer_file_is_refused(
        len in lengths(),
        more in proptest::collection::vec(any::<u8>(), 1..100),
    ) {
        let (facts, mut sealed) = sealed(&bytes(len));
        sealed.extend(more);
        prop_assert!(opened(&facts, &sealed).is_err());
        let mut plain = Vec::new();
        let ended = open(&facts.key, facts.sealed_bytes, &mut &*sealed, &mut plain);
        prop_assert!(matches!(ended, Err(OpenError::TooLong)));
    }

    #[test]
    fn opening_goes_on_at_any_chunk(len in lengths(), from in any::<prop::sample::Index>()) {
        let plain = bytes(len);
        let (facts, sealed) = sealed(&plain);
        let from = from.index(by_chunk(&sealed).len());
        let chunk = u32::try_from(from).unwrap();
        let mut opener = Opener::new(&facts.key, facts.sealed_bytes).unwrap().at(chunk);
        let mut rest = Vec::new();
        let offset = usize::try_from(sealed_offset(chunk)).unwrap();
        opener.push(&sealed[offset..], |bytes| { rest.extend_from_slice(bytes); Ok(()) }).unwrap();
        opener.finish().unwrap();
        prop_assert_eq!(rest, &plain[from * CHUNK_BYTES..]);
    }
}

#[test]
fn the_key_of_another_file_opens_nothing() {
    let (_, sealed_one) = sealed(b"hello");
    let (other, _) = sealed(b"hello");
    assert!(matches!(
        opened(&other, &sealed_one),
        Err(OpenError::Forged(0))
    ));
}

#[test]
fn no_key_seals_twice() {
    let plain = bytes(3 * CHUNK_BYTES);
    let (one, sealed_one) = sealed(&plain);
    let (other, sealed_other) = sealed(&plain);
    assert_ne!(one.key, other.key);
    assert_ne!(sealed_one, sealed_other);
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let mut endless = std::io::repeat(1);
    let refused = seal(&mut endless, &mut std::io::sink());
    assert!(matches!(refused, Err(SealError::TooLarge)));
}

#[test]
fn nothing_that_is_forged_comes_out() {
    let (facts, mut sealed) = sealed(&bytes(2 * CHUNK_BYTES));
    *sealed.last_mut().unwrap() ^= 1;
    let mut opener = Opener::new(&facts.key, facts.sealed_bytes).unwrap();
    let mut out = 0;
    let ended = opener.push(&sealed, |plain| {
        out += plain.len();
        Ok(())
    });
    assert!(matches!(ended, Err(OpenError::Forged(1))));
    assert_eq!((out, opener.next_chunk()), (CHUNK_BYTES, 1));
}

#[test]
fn the_facts_hide_the_key() {
    let (facts, _) = sealed(b"hello");
    assert!(format!("{facts:?}").contains("key: MediaKey, plain_bytes: 5"));
}
