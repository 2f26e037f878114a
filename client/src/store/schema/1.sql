-- Version 1. Times are milliseconds since the Unix epoch.

-- Single values: who this device is, its tokens, what the user has set.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Users (kind 0) and groups (1) that something is said of, by a number that is shorter.
CREATE TABLE names (
    number INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    UNIQUE (kind, id)
) STRICT;

-- Chats as they come: their order (history::Chat), when something is due in it even if nothing comes, and after how
-- long what is written disappears (history::Register).
CREATE TABLE chats (
    chat INTEGER PRIMARY KEY REFERENCES names,
    due_at INTEGER,
    history BLOB NOT NULL,
    timer BLOB
) STRICT;
CREATE INDEX chats_due ON chats (due_at) WHERE due_at IS NOT NULL;

-- What was said. A chat is a user or a group; its order is that of height and message_id. What is held back
-- is not shown. What disappears says when. How far a message got: 0 received, 1 pending, 2 accepted by the server, 3 delivered,
-- 4 read, 5 refused.
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL REFERENCES names,
    height INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    author INTEGER NOT NULL REFERENCES names,
    is_shown INTEGER NOT NULL,
    status INTEGER NOT NULL,
    gone_at INTEGER,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_order ON messages (chat, height, message_id, author);
CREATE INDEX messages_id ON messages (message_id);
CREATE INDEX messages_gone ON messages (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX messages_accepted ON messages (number) WHERE status = 2;

-- The words of messages, by their numbers: not the text, which is in the body, nor where in it they are, which
-- would be half as much again. Marks belong to words, as in Hindi.
CREATE VIRTUAL TABLE words USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* M* Co'",
    prefix = '1 2 3',
    detail = 'none'
);

-- What came and was not read, with what its author is told by that it was.
CREATE TABLE unread (
    chat INTEGER NOT NULL REFERENCES names,
    height INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    author INTEGER NOT NULL REFERENCES names,
    ack_token TEXT NOT NULL,
    PRIMARY KEY (chat, height, message_id, author)
) STRICT, WITHOUT ROWID;

-- What was done to messages after they were written (history::Marks), those that are not there yet included.
CREATE TABLE marks (
    chat INTEGER NOT NULL REFERENCES names,
    author INTEGER NOT NULL REFERENCES names,
    message_id BLOB NOT NULL,
    marks BLOB NOT NULL,
    PRIMARY KEY (chat, author, message_id)
) STRICT, WITHOUT ROWID;

-- What is to be sent, in order. Its ciphertexts are made once, when its turn comes. What shares this device's
-- sender key of a group says of which.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL REFERENCES names,
    message_id BLOB NOT NULL UNIQUE,
    content BLOB NOT NULL,
    sealed BLOB,
    shares INTEGER REFERENCES names
) STRICT;
CREATE INDEX outbox_shares ON outbox (shares) WHERE shares IS NOT NULL;

-- Whom this user calls how, and the numbers by which they were found, as the server has listed them last.
CREATE TABLE contacts (
    user INTEGER PRIMARY KEY REFERENCES names,
    phone_number TEXT,
    name TEXT,
    added_at INTEGER NOT NULL
) STRICT;

-- Groups as the server has described them last (none, where it was not asked yet or this user is no member), and
-- the epochs of that and of the last change that was heard of: where that is later, the server is to be asked.
CREATE TABLE groups (
    chat INTEGER PRIMARY KEY REFERENCES names,
    epoch INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    state BLOB
) STRICT;

-- Who is in a group, in the order of their places.
CREATE TABLE members (
    chat INTEGER NOT NULL REFERENCES names,
    user INTEGER NOT NULL REFERENCES names,
    place INTEGER NOT NULL,
    is_admin INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (chat, user)
) STRICT, WITHOUT ROWID;

-- What this device encrypts with in groups, and which registrations of which devices have been given it.
CREATE TABLE sender_keys (
    chat INTEGER PRIMARY KEY REFERENCES names,
    pickle BLOB NOT NULL
) STRICT;
CREATE TABLE holders (
    chat INTEGER NOT NULL REFERENCES names,
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    registration_id INTEGER NOT NULL,
    PRIMARY KEY (chat, user, device)
) STRICT, WITHOUT ROWID;

-- What other devices encrypt with in groups, as they came.
CREATE TABLE received_sender_keys (
    number INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL REFERENCES names,
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    key_id BLOB NOT NULL,
    pickle BLOB NOT NULL,
    UNIQUE (user, device, chat, key_id)
) STRICT;

-- What members have asked for again, before it was known whether they were to have it.
CREATE TABLE asked (
    chat INTEGER NOT NULL REFERENCES names,
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    PRIMARY KEY (chat, user, device, message_id)
) STRICT, WITHOUT ROWID;

-- Who has what this user wrote in groups (3), or has seen it (4).
CREATE TABLE receipts (
    chat INTEGER NOT NULL REFERENCES names,
    message_id BLOB NOT NULL,
    user INTEGER NOT NULL REFERENCES names,
    status INTEGER NOT NULL,
    PRIMARY KEY (chat, message_id, user)
) STRICT, WITHOUT ROWID;

-- Files on their way to the store, and what is to be said of them then, or those that are there before it is known
-- what is to be said. JSON is what the file shows of itself (media::transfer::Attachment).
CREATE TABLE uploads (
    job TEXT NOT NULL PRIMARY KEY,
    chat INTEGER REFERENCES names,
    caption TEXT,
    attachment TEXT
) STRICT, WITHOUT ROWID;

-- Acks that are owed to the server: what they are for is stored.
CREATE TABLE acks (
    token TEXT NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (status, token)
) STRICT, WITHOUT ROWID;

-- The devices that a user's messages go to, as the server has said last.
CREATE TABLE devices (
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    registration_id INTEGER NOT NULL,
    PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

-- Devices whose messages could not be read, and what was done about it lately.
CREATE TABLE mending (
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    since INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    resent INTEGER NOT NULL,
    is_due INTEGER NOT NULL,
    PRIMARY KEY (user, device)
) STRICT, WITHOUT ROWID;

-- Sessions with devices: of several, the one that was used last is the one to send with.
CREATE TABLE sessions (
    user INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    used INTEGER NOT NULL,
    pickle BLOB NOT NULL,
    PRIMARY KEY (user, device, session_id)
) STRICT, WITHOUT ROWID;

-- Private halves of this device's pre-keys. Of those that everybody may use, when they were replaced.
CREATE TABLE prekeys (
    key_id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    replaced_at INTEGER,
    pickle BLOB NOT NULL
) STRICT;

-- What is known of the keys of users.
CREATE TABLE identities (
    user INTEGER PRIMARY KEY REFERENCES names,
    state BLOB NOT NULL
) STRICT;

-- Messages that were opened: what comes once more is known by this. Ids begin with their time.
CREATE TABLE opened (
    message_id BLOB NOT NULL,
    author INTEGER NOT NULL REFERENCES names,
    device INTEGER NOT NULL,
    PRIMARY KEY (message_id, author, device)
) STRICT, WITHOUT ROWID;
