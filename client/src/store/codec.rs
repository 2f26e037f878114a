//! Values as bytes: MessagePack, with the names of fields.

use super::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

/// Writes a value; many are secrets.
pub(super) fn pack<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let bytes = rmp_serde::to_vec_named(value).map_err(|_| StoreError::Corrupt)?;
    Ok(Zeroizing::new(bytes))
}

/// Reads what [`pack`] wrote.
pub(super) fn unpack<T: DeserializeOwned>(bytes: Vec<u8>) -> Result<T, StoreError> {
    rmp_serde::from_slice(&Zeroizing::new(bytes)).map_err(|_| StoreError::Corrupt)
}
