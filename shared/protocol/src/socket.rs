//! How a socket opens, how long it lasts, and how it closes (protocol §2).

/// Is the WebSocket subprotocol that a server answers with.
pub const SUBPROTOCOL: &str = "heliograph.v1";

/// Precedes the access token where it is offered as a subprotocol, as browsers must:
/// `Sec-WebSocket-Protocol: heliograph.v1, bearer.<access token>`.
pub const BEARER_SUBPROTOCOL_PREFIX: &str = "bearer.";

/// Bounds how long a connection lasts without a message either way, in milliseconds: 10 minutes.
///
/// API Gateway's idle quota for WebSocket APIs; the one-machine server keeps it too.
pub const IDLE_MS_MAX: u64 = 600_000;

/// Bounds how long a connection lasts, in milliseconds: 2 hours.
///
/// API Gateway's duration quota for WebSocket APIs; the one-machine server keeps it too.
pub const LIFE_MS_MAX: u64 = 7_200_000;

/// Bounds how long a connection outlives the revocation of its device, in milliseconds.
pub const REVOKED_CLOSE_MS_MAX: u64 = 5_000;

/// Closes a connection that a new one displaced, or whose device is revoked.
///
/// What API Gateway sends when a connection is deleted.
pub const CLOSE_ENDED: u16 = 1000;

/// Closes a connection that was idle or lasted too long: open a new one.
pub const CLOSE_GOING_AWAY: u16 = 1001;

/// Closes a connection that sent a binary message.
pub const CLOSE_BINARY: u16 = 1003;

/// Closes a connection that sent a message over [`FRAME_BYTES_MAX`](crate::limits::FRAME_BYTES_MAX).
pub const CLOSE_TOO_LARGE: u16 = 1009;
