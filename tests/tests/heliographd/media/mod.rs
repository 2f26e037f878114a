//! Encrypted files on one machine: what its folder holds, what a crash and a month leave of them, what
//! is too much, and how clients hear of it.

mod crash;
mod folder;
mod life;
mod limits;
mod refusals;
