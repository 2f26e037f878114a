//! Safety numbers: what two people compare to know that nobody is between them.
//!
//! After Signal's [numeric fingerprints]: of each person half a number, made by hashing their identity
//! 5,200 times, so that looking for keys with the same half costs that much more; the halves in their
//! order, so that both see the same number.
//!
//! A person's half is over the identity keys of **all** their devices, sorted, not of the primary
//! alone: no device vouches for another here, so a device that the server made up must change the
//! number. The price: the number changes, and wants to be compared again, when somebody links a
//! device or replaces one.
//!
//! [numeric fingerprints]: https://signal.org/blog/safety-number-updates/

use heliograph_protocol::UserId;
use heliograph_protocol::keys::IdentityKey;
use sha2::{Digest, Sha512};
use std::fmt;

/// Is hashed in, and is the first byte of a QR code.
const VERSION: u8 = 1;

/// Is how often is hashed, as in Signal.
const ROUNDS: usize = 5_200;

/// Is how many bytes of a hash make half a number, and go into a QR code.
const HALF_BYTES: usize = 30;

/// Is how many bytes make five digits.
const GROUP_BYTES: usize = 5;

/// Is the length of what a QR code holds, in bytes.
pub const QR_BYTES: usize = 1 + 2 * HALF_BYTES;

/// Is what two people compare, by digits or by QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyNumber {
    ours: [u8; HALF_BYTES],
    theirs: [u8; HALF_BYTES],
}

/// Reports a person of whom there is no device to make a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("person has no device")]
pub struct NoDevice;

/// Says why a scanned code is not the other one's of this conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// It is no safety number's code.
    #[error("code is no safety number")]
    NotOurs,
    /// It is of a version that this one does not know.
    #[error("code has an unknown version {0}")]
    Version(u8),
    /// Their device shows other keys for us than we have: somebody may be between.
    #[error("code has other keys for us")]
    OurKeysDiffer,
    /// Their device has other keys than we see for them: somebody may be between.
    #[error("code has other keys for them")]
    TheirKeysDiffer,
}

impl SafetyNumber {
    /// Makes the number of two people: who looks at it, and the other, each with the identity keys of
    /// all devices in any order. Takes some milliseconds.
    ///
    /// # Errors
    /// [`NoDevice`] when one of them has none.
    pub fn new(
        us: (&UserId, &[IdentityKey]),
        them: (&UserId, &[IdentityKey]),
    ) -> Result<Self, NoDevice> {
        Ok(Self {
            ours: half(us)?,
            theirs: half(them)?,
        })
    }

    /// Tells the 60 digits; the same on both sides.
    pub fn digits(&self) -> String {
        self.groups().concat()
    }

    /// Makes what a QR code on this side's screen holds: a byte of version, our half, theirs.
    pub fn qr(&self) -> [u8; QR_BYTES] {
        let mut payload = [VERSION; QR_BYTES];
        payload[1..=HALF_BYTES].copy_from_slice(&self.ours);
        payload[1 + HALF_BYTES..].copy_from_slice(&self.theirs);
        payload
    }

    /// Compares with what was scanned from the other one's screen.
    ///
    /// # Errors
    /// [`ScanError`], unless it is the code of the same conversation, seen from the other side.
    pub fn compare(&self, scanned: &[u8]) -> Result<(), ScanError> {
        let (version, halves) = scanned.split_first().ok_or(ScanError::NotOurs)?;
        if *version != VERSION {
            return Err(ScanError::Version(*version));
        }
        if halves.len() != 2 * HALF_BYTES {
            return Err(ScanError::NotOurs);
        }
        match halves.split_at(HALF_BYTES) {
            (theirs, _) if theirs != self.theirs => Err(ScanError::TheirKeysDiffer),
            (_, ours) if ours != self.ours => Err(ScanError::OurKeysDiffer),
            _ => Ok(()),
        }
    }

    /// Makes twelve groups of five digits, the lesser half first.
    fn groups(&self) -> Vec<String> {
        let mut halves = [self.ours, self.theirs];
        halves.sort_unstable();
        let chunks = halves.as_flattened().chunks_exact(GROUP_BYTES);
        chunks.map(digits).collect()
    }
}

impl fmt::Display for SafetyNumber {
    /// Writes three lines of four groups.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.groups();
        let lines: Vec<String> = groups.chunks(4).map(|line| line.join(" ")).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Hashes a person: the version, the sorted keys and the user id, then each hash with the keys again.
fn half((user, keys): (&UserId, &[IdentityKey])) -> Result<[u8; HALF_BYTES], NoDevice> {
    let mut sorted: Vec<&[u8]> = keys.iter().map(IdentityKey::as_bytes).collect();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() {
        return Err(NoDevice);
    }
    let keys = sorted.concat();
    let first = Sha512::new_with_prefix([0, VERSION]);
    let first = first.chain_update(&keys).chain_update(user.as_str());
    let again = |hash, _| Sha512::new_with_prefix(hash).chain_update(&keys).finalize();
    let hash = (1..ROUNDS).fold(first.finalize(), again);
    let mut half = [0; HALF_BYTES];
    half.copy_from_slice(&hash[..HALF_BYTES]);
    Ok(half)
}

/// Makes five digits of five bytes.
fn digits(bytes: &[u8]) -> String {
    let number = bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{:05}", number % 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> IdentityKey {
        [byte; 64].into()
    }

    fn number(us: (&str, &[u8]), them: (&str, &[u8])) -> SafetyNumber {
        let person = |(user, keys): (&str, &[u8])| -> (UserId, Vec<IdentityKey>) {
            (
                user.parse().unwrap(),
                keys.iter().copied().map(key).collect(),
            )
        };
        let (us, them) = (person(us), person(them));
        SafetyNumber::new((&us.0, &us.1), (&them.0, &them.1)).unwrap()
    }

    #[test]
    fn both_see_the_same_number_and_scan_each_other() {
        let alice = number(("alice", &[1, 2]), ("bob", &[3]));
        let bob = number(("bob", &[3]), ("alice", &[2, 1, 1]));
        assert_eq!(alice.digits(), bob.digits());
        assert_eq!(alice.digits().len(), 60);
        assert!(alice.digits().bytes().all(|digit| digit.is_ascii_digit()));
        assert_eq!(alice.compare(&bob.qr()), Ok(()));
        assert_eq!(bob.compare(&alice.qr()), Ok(()));
        let lines = alice.to_string();
        assert_eq!(lines.split_whitespace().collect::<String>(), alice.digits());
    }

    /// Made by Python's hashlib: see `safety_number` in `client/tests/interop/heliograph.py`.
    #[test]
    fn is_the_number_that_others_make() {
        let digits = number(("alice", &[1, 2]), ("bob", &[3])).digits();
        assert_eq!(
            digits,
            "238130579313364412958962373562300119573455577565494941004178"
        );
    }

    #[test]
    fn who_is_between_changes_it() {
        let alice = number(("alice", &[1]), ("bob", &[3]));
        let others = [
            number(("alice", &[1]), ("bob", &[4])),
            number(("alice", &[1]), ("bob", &[3, 4])),
            number(("alice", &[1]), ("bab", &[3])),
        ];
        for other in others {
            assert_ne!(other.digits(), alice.digits());
            assert_eq!(other.compare(&alice.qr()), Err(ScanError::TheirKeysDiffer));
        }
    }

    #[test]
    fn a_code_of_something_else_is_refused() {
        let alice = number(("alice", &[1]), ("bob", &[3]));
        let as_seen_by = |keys: &[u8]| number(("bob", &[3]), ("alice", keys)).qr();
        assert_eq!(alice.compare(&as_seen_by(&[1])), Ok(()));
        let differs = Err(ScanError::OurKeysDiffer);
        assert_eq!(alice.compare(&as_seen_by(&[2])), differs);
        assert_eq!(alice.compare(&as_seen_by(&[1, 2])), differs);
        assert_eq!(alice.compare(&alice.qr()), Err(ScanError::TheirKeysDiffer));
        assert_eq!(alice.compare(b""), Err(ScanError::NotOurs));
        assert_eq!(alice.compare(&[1; QR_BYTES - 1]), Err(ScanError::NotOurs));
        assert_eq!(alice.compare(b"https://"), Err(ScanError::Version(b'h')));
    }

    #[test]
    fn nobody_has_no_number() {
        let user: UserId = "alice".parse().unwrap();
        let refused = SafetyNumber::new((&user, &[key(1)]), (&user, &[]));
        assert_eq!(refused, Err(NoDevice));
    }
}
