//! Encrypted files: put and got by addresses that are signed, and by nothing else (protocol §9).

mod addresses;
mod files;
mod refused;
<<<<<<< HEAD
mod store;
mod story;
=======
pub(crate) mod store;
>>>>>>> 9228422 (tests: Tell the rest of the stories of people on both deployments)
