//! The hash of a file that may be large.

mod beside;

use super::Hasher;
use beside::Beside;
use heliograph_protocol::media::Sha256;

/// Hashes a whole file beside what else is done with it, if there is another thread.
pub(in crate::media) enum Whole {
    /// On another thread.
    Beside(Beside),
    /// Where it is asked to: the file is small, or there is no other thread.
    Here(Hasher),
}

impl Whole {
    /// Goes on with a hash that was begun, on another thread.
    pub(in crate::media) fn begun(first: Hasher) -> Self {
        match Beside::start(first.clone()) {
            Ok(beside) => Self::Beside(beside),
            Err(_) => Self::Here(first),
        }
    }

    pub(in crate::media) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Beside(beside) => beside.update(bytes),
            Self::Here(hasher) => hasher.update(bytes),
        }
    }

    pub(in crate::media) fn finish(self) -> Sha256 {
        match self {
            Self::Beside(beside) => beside.finish(),
            Self::Here(hasher) => hasher.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_another_thread_it_is_hashed_here() {
        let (mut first, rest) = (Hasher::new(), vec![7; 100_000]);
        first.update(b"first");
        let (mut here, mut beside) = (Whole::Here(first.clone()), Whole::begun(first));
        for whole in [&mut here, &mut beside] {
            whole.update(&rest);
        }
        assert!(matches!(beside, Whole::Beside(_)));
        assert_eq!(here.finish(), beside.finish());
    }
}
