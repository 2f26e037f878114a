//! Limits of the protocol, each with its origin.
//!
//! Decoding enforces those that concern one request; the rest are here so that servers and clients
//! agree on them.

/// Bounds a socket message in bytes, in either direction.
///
/// API Gateway's payload quota for WebSocket APIs (128 KB); the one-machine server keeps it too
/// (protocol §2).
pub const FRAME_BYTES_MAX: usize = 131_072;

/// Bounds the body of an HTTP call in bytes.
///
/// Chosen here: a registration with [`ONE_TIME_KEYS_MAX`] keys of either kind takes about 232 kB.
pub const HTTP_BODY_BYTES_MAX: usize = 262_144;

/// Bounds a message's content for one device, in bytes as a JSON string with its quotes.
///
/// Chosen here: what is accepted must leave in a message of [`FRAME_BYTES_MAX`] too, where ids and
/// an ack token are around it.
pub const CONTENT_BYTES_MAX: usize = 128_000;

/// Bounds the messages of one `send` (protocol §4).
pub const MESSAGES_PER_FRAME_MAX: usize = 32;

/// Bounds the tokens of one `ack` (protocol §5).
pub const ACK_TOKENS_MAX: usize = 100;

/// Bounds the length of an ack token, in characters.
///
/// Chosen here: ours are shorter, and [`ACK_TOKENS_MAX`] of this length fit in a frame.
pub const ACK_TOKEN_CHARS_MAX: usize = 256;

/// Bounds, and is the default of, the items of one `sync` answer (protocol §5).
pub const SYNC_LIMIT_MAX: u16 = 100;

/// Bounds the length of a `sync` cursor, in characters. Chosen here.
pub const CURSOR_CHARS_MAX: usize = 200;

/// Bounds the messages one `status` asks for.
///
/// Chosen here, to be the size of a DynamoDB batch read (100 keys).
pub const STATUS_MESSAGES_MAX: usize = 100;

/// Bounds the length of a request's `id`, in Unicode scalar values (protocol §2).
pub const REQUEST_ID_CHARS_MAX: usize = 64;

/// Bounds the length of a user, group or registration id, in characters. Chosen here.
pub const ID_CHARS_MAX: usize = 64;

/// Bounds, and is the default of, how long a message waits, in seconds: 30 days (protocol §4).
pub const EXPIRES_IN_S_MAX: u32 = 2_592_000;

/// Bounds how far the time of a `message_id` may be ahead of the server's, in milliseconds: 24 hours
/// (protocol §4).
pub const MESSAGE_AHEAD_MS_MAX: u64 = 86_400_000;

/// Bounds how far the time of a `message_id` may be behind the server's, in milliseconds: 30 days
/// (protocol §4).
pub const MESSAGE_BEHIND_MS_MAX: u64 = 2_592_000_000;

/// Bounds the devices of a user (protocol §1).
pub const DEVICES_MAX: usize = 5;

/// Bounds a device id: 7 bits, as in Signal's protocol (protocol §1 says "a small integer").
pub const DEVICE_ID_MAX: u8 = 127;

/// Bounds the length of a device's name, in Unicode scalar values. Chosen here.
pub const DEVICE_NAME_CHARS_MAX: usize = 64;

/// Bounds the `registration_id` of a device: 14 bits (protocol §1).
pub const DEVICE_REGISTRATION_ID_MAX: u16 = 0x3fff;

/// Bounds the one-time keys of a kind that are held for a device (protocol §6).
pub const ONE_TIME_KEYS_MAX: usize = 100;

/// Is the number of digits in a registration code (protocol §1).
pub const CODE_DIGITS: usize = 6;

/// Bounds the length of an opaque token (refresh, link), in characters. Chosen here.
pub const TOKEN_CHARS_MAX: usize = 1024;

/// Is the least number of digits in a phone number. Chosen here; E.164 states none.
pub const PHONE_DIGITS_MIN: usize = 7;

/// Is the largest number of digits in a phone number (ITU-T E.164).
pub const PHONE_DIGITS_MAX: usize = 15;

/// Is the length of an identity key in bytes: Ed25519 public ‖ X25519 public (protocol §6).
pub const IDENTITY_KEY_BYTES: usize = 64;

/// Is the length of an X25519 public key in bytes (RFC 7748).
pub const X25519_KEY_BYTES: usize = 32;

/// Is the length of an Ed25519 signature in bytes (RFC 8032).
pub const SIGNATURE_BYTES: usize = 64;

/// Is the length of an ML-KEM-1024 encapsulation key in bytes (FIPS 203, table 3).
pub const KEM_KEY_BYTES: usize = 1568;

/// Is how few one-time keys of a kind are few: a device with fewer is told so (protocol §6).
pub const ONE_TIME_KEYS_LOW: u32 = 10;

/// Bounds a username, in Unicode scalar values. Chosen here.
pub const USERNAME_CHARS_MAX: usize = 64;

/// Bounds the `about` of a profile, in Unicode scalar values. Chosen here.
pub const ABOUT_CHARS_MAX: usize = 140;

/// Bounds the profiles that one `profile.get` asks for (protocol §7).
pub const PROFILES_MAX: usize = 100;

/// Bounds the people of one `contacts.put` or `contacts.remove` (protocol §7).
pub const CONTACTS_PUT_MAX: usize = 500;

/// Bounds what somebody is called in contacts, in Unicode scalar values. Chosen here.
pub const CONTACT_NAME_CHARS_MAX: usize = 64;

/// Bounds, and is the default of, a page of contacts or blocks. Chosen here.
pub const PEOPLE_PAGE_MAX: u16 = 100;

/// Bounds the people of one `presence.subscribe` (protocol §7).
pub const PRESENCE_MAX: usize = 256;

/// Bounds the address of a Web Push subscription, in characters, which are ASCII. Chosen here.
pub const PUSH_ENDPOINT_CHARS_MAX: usize = 1024;

/// Bounds the token of a device with Apple's or Google's service, in characters, which are ASCII.
/// Chosen here; theirs have no stated limit and take up to about 200.
pub const PUSH_TOKEN_CHARS_MAX: usize = 512;

/// Bounds the members of a group (protocol §8).
pub const GROUP_MEMBERS_MAX: usize = 256;

/// Bounds what a group is called, in Unicode scalar values. Chosen here.
pub const GROUP_NAME_CHARS_MAX: usize = 100;

/// Bounds, and is the default of, a page of groups. Chosen here, so that the rosters behind it are one
/// batch read.
pub const GROUPS_PAGE_MAX: u16 = 50;

/// Bounds, and is the default of, how many people can join by an invite. Chosen here.
pub const INVITE_USES_MAX: u16 = 256;

/// Bounds an uploaded file, in bytes: 100 MiB of ciphertext (protocol §9).
pub const MEDIA_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Bounds a file that is put whole, and is the length of every part but the last, in bytes: 8 MiB
/// (protocol §9). S3 takes no part below 5 MiB but the last.
pub const MEDIA_PART_BYTES: u64 = 8 * 1024 * 1024;

/// Bounds the parts of a file.
#[expect(clippy::cast_possible_truncation, reason = "13")]
pub const MEDIA_PARTS_MAX: usize = MEDIA_BYTES_MAX.div_ceil(MEDIA_PART_BYTES) as usize;

/// Bounds the `ETag` of a part, in characters. Chosen here; S3's are of 34.
pub const ETAG_CHARS_MAX: usize = 128;
