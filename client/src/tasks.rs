//! What runs beside what: natively tokio's tasks and threads, in a browser the one thread of a worker.
//!
//! Both have the same functions; what they are given may go to another thread natively.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{Task, off_runtime, spawn, to_its_end};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{Task, off_runtime, spawn, to_its_end};

/// Is `Send + Sync` natively, and anything in a browser, whose values stay in their thread.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSendSync: Send + Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync + ?Sized> MaybeSendSync for T {}

/// Is anything: values of a browser stay in their thread. Natively it is `Send + Sync`.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSendSync {}
#[cfg(target_arch = "wasm32")]
impl<T: ?Sized> MaybeSendSync for T {}
