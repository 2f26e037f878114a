//! SHA-256.
//!
//! Natively it is ring's, as the cipher is: where the processor has no instructions for it, ring's is
//! half as fast again as the portable one.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(any(target_arch = "wasm32", test))]
mod portable;
mod whole;

#[cfg(not(target_arch = "wasm32"))]
pub(in crate::media) use native::Hasher;
#[cfg(target_arch = "wasm32")]
pub(in crate::media) use portable::Hasher;
pub(in crate::media) use whole::Whole;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_are_the_same(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            let (mut native, mut portable) = (Hasher::new(), portable::Hasher::new());
            let (first, rest) = bytes.split_at(at.index(bytes.len() + 1));
            native.update(first);
            portable.update(first);
            let (native_first, portable_first) = (native.clone(), portable.clone());
            native.update(rest);
            portable.update(rest);
            prop_assert_eq!(native.finish(), portable.finish());
            prop_assert_eq!(native_first.finish(), portable_first.finish());
        }
    }
}
