//! TLS natively: rustls with ring, which trusts whom the system trusts.

use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::{Arc, OnceLock};

/// Makes the configuration of a client.
pub(crate) fn config() -> Result<ClientConfig, rustls::Error> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&ring));
    let config = config.with_safe_default_protocol_versions()?;
    Ok(match config.with_platform_verifier() {
        Ok(config) => config.with_no_client_auth(),
        // A system that trusts nobody still has a server on the same machine.
        Err(_) => ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    })
}

/// Gives the configuration that all sockets share: who comes back resumes a session, and reads no roots anew.
pub(crate) fn shared() -> Result<Arc<ClientConfig>, rustls::Error> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(shared) = SHARED.get() {
        return Ok(Arc::clone(shared));
    }
    let made = Arc::new(config()?);
    Ok(Arc::clone(SHARED.get_or_init(|| made)))
}
