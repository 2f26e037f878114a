//! Chats as they come to devices: what is shown when, and that all end up with the same.

mod converges;
mod gaps;
mod marks;
mod order;
mod samples;
mod sizes;
mod store;
mod world;
