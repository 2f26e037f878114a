//! Scenarios that any deployment passes: one machine, and AWS with the feature `aws`.

mod bad_input;
mod client;
mod connections;
mod conversation;
mod delivery;
mod devices;
mod gone;
mod groups;
mod keys;
mod media;
mod notifications;
mod people;
mod presence;
mod registration;
mod store;
mod tables;
mod talks;
mod talks_in_groups;
mod talks_on_devices;
mod talks_with_files;
mod terminal;
mod tokens;
