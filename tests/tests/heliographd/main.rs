//! What only `heliographd` can be asked to show: crashes, a clock that turns, switched-on faults,
//! what its log and its folder hold.

mod browsers;
mod client;
mod crash;
mod faults;
mod files;
mod frames;
mod killed_clients;
mod limits;
mod log;
mod media;
mod notifications;
mod plaintext;
mod slow_client;
mod sms;
mod stop;
mod time;
mod tokens;
mod wake_up;
