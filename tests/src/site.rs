//! Where a deployment answers.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// A deployment's addresses.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// The HTTP calls, without a slash at the end.
    pub http: String,
    /// The socket.
    pub ws: String,
    /// Who tells the code that went to a phone: `GET {sms}?phone_number=…`.
    pub sms: String,
}

/// Where a deployment answers, and how long to wait for it.
#[derive(Debug)]
pub struct Site {
    addresses: RwLock<Addresses>,
    /// How long anything may take.
    pub patience: Duration,
}

impl Site {
    /// Names a deployment's addresses.
    pub fn new(addresses: Addresses, patience: Duration) -> Self {
        Self {
            addresses: RwLock::new(addresses),
            patience,
        }
    }

    /// Where it answers now.
    pub fn addresses(&self) -> Addresses {
        let addresses = self.addresses.read();
        addresses.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes where it answers: a server that starts again takes another port.
    pub(crate) fn has_moved_to(&self, addresses: Addresses) {
        let mut now = self.addresses.write();
        *now.as_deref_mut()
            .unwrap_or_else(|_| panic!("another test thread panicked")) = addresses;
    }
}
