//! PQXDH ([Signal's specification], revision 3): what a session begins with.
//!
//! Parameters: curve25519, SHA-256, ML-KEM-1024. As the specification has it,
//!
//! ```text
//! SK = HKDF(salt = 32 zeros, F ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4] ‖ SS, info), F = 32 bytes 0xff
//! DH1 = DH(IK_A, SPK_B)   DH2 = DH(EK_A, IK_B)   DH3 = DH(EK_A, SPK_B)   DH4 = DH(EK_A, OPK_B)
//! ```
//!
//! The specification binds both identities by the associated data of the first message; the Double
//! Ratchet here takes none. So `info` is the name of the parameters and the SHA-256 of the
//! transcript: both identities and every public value, the ML-KEM key and ciphertext among them.
//! Who disagrees on one of them gets another key.
//!
//! Then `SK` is the root key of a Double Ratchet whose first step is between the initiator's first ratchet
//! key and the responder's signed pre-key, as [§7.1 of its specification] has it.
//!
//! [Signal's specification]: https://signal.org/docs/specifications/pqxdh/
//! [§7.1 of its specification]: https://signal.org/docs/specifications/doubleratchet/

mod initiate;
mod respond;
#[cfg(test)]
mod tests;
mod transcript;

pub use initiate::InitiateError;
pub(super) use initiate::initiate;
pub(super) use respond::respond;
pub use respond::{AgreeError, PrekeySecrets};
use transcript::{Transcript, root_key};

/// Is the root ratchet's `info` (Olm's specification, "The Olm Algorithm").
const RATCHET_INFO: &[u8] = b"OLM_RATCHET";
