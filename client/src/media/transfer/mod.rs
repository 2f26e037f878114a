//! Puts sealed files into the store and gets them, in the background.
//!
//! An app opens its [`Transfers`] once, tells it what to put and to get, and lets it
//! [run](Transfers::run) beside everything else:
//!
//! ```no_run
//! # #[cfg(not(target_arch = "wasm32"))]
//! # async fn example(service: impl heliograph_client::media::transfer::MediaService)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use heliograph_client::media::transfer::{About, Event, Source, TransferOptions, Transfers};
//! use heliograph_protocol::media::MediaKind;
//!
//! let transfers = Transfers::open("transfers", TransferOptions::default(), |event| match event {
//!     Event::Uploaded { attachment, .. } => { /* send a message with the attachment */ }
//!     Event::Downloaded { to, .. } => { /* show the file */ }
//!     _ => {}
//! })
//! .await?;
//! let report = Source::File("report.pdf".into());
//! transfers.upload(report, MediaKind::Document, About::default()).await?;
//! transfers.run(&service).await;
//! # Ok(())
//! # }
//! ```
//!
//! In a browser this runs in a dedicated worker. `"transfers"` is a folder of the origin's [private file
//! system], and so is what is got: `"media/report.pdf"` is there from its root on, for this worker, as
//! [`Transfers::file`], and for every page of the origin. What is put may be a [`Source::Blob`], as a file
//! is that the user chose. A browser that is short of space may drop all of it, unless the app has asked it
//! to [persist] it.
//!
//! [private file system]: https://developer.mozilla.org/docs/Web/API/File_System_API/Origin_private_file_system
//! [`Source::Blob`]: Source
//! [`Transfers::file`]: Transfers
//! [persist]: https://developer.mozilla.org/docs/Web/API/StorageManager/persist
//!
//! # What survives
//! Each transfer is noted in the folder before it begins and after each part, so that a process that is
//! killed, or a page that is closed or crashes, goes on where it was when it starts again:
//!
//! * An upload is a sealed copy of the file. Parts that are in the store are not put again as long as the
//!   addresses are good that the service gave for them, 15 minutes (protocol §9); after that the same bytes
//!   are put anew, under the same key.
//! * A download is got from the first chunk on that is not there. What is there is hashed again as it was
//!   sealed, so the SHA-256 that the message tells of is checked over the whole file, in however many runs
//!   it came; a file has its name only when it was found genuine and is on the disk.
//! * An end is told once, or once more by who was killed while it was told.
//!
//! # What it takes
//! A file is never in memory: a part is read while it is sent, a chunk is written as soon as it is opened.
//! In a browser a part does not even come into the module's memory: `fetch` is handed where it lies on the
//! disk. There is one thread there: what is there of a download is hashed in one go when it goes on, which
//! for 100 MiB keeps the worker from all else for a second or so.
//!
//! # Who decides what
//! What comes next, and what an answer or a failure means, is decided without any I/O (`upload`,
//! `download`, `setback`, `receiver`); `queue`, `put` and `get` do it; `files` and `http` are what
//! differs between a browser and everything else ([ADR 14]).
//!
//! [ADR 14]: https://github.com/heliograph/heliograph/blob/main/docs/adr/0014-transfers-in-browsers.md

mod address;
mod attachment;
mod backoff;
mod clock;
mod download;
mod entries;
mod event;
mod files;
mod get;
mod http;
mod job;
mod meter;
mod put;
mod queue;
mod reason;
mod receiver;
mod service;
mod setback;
#[cfg(target_arch = "wasm32")]
mod stream;
mod transfers;
mod upload;

pub use attachment::{About, Attachment};
pub use clock::{Clock, SystemClock};
pub use event::{Event, Listener};
pub use files::Source;
pub use http::HttpUnavailable;
pub use job::{InvalidJobId, JobId};
pub use reason::RetryReason;
pub use service::{MediaService, ServiceError};
pub use setback::{StartError, TransferError};
pub use transfers::{OpenTransfersError, TransferOptions, Transfers};
