-- Version 1. Times are milliseconds since the Unix epoch.

-- Single values: who this device is, its tokens, what the user has set.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Users and groups that something is said of, by a number that is shorter.
CREATE TABLE names (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;

-- What was said. A chat is a user or a group; its order is that of height and message_id.
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    chat INTEGER NOT NULL REFERENCES names,
    height INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    author INTEGER NOT NULL REFERENCES names,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_order ON messages (chat, height, message_id, author);
CREATE INDEX messages_id ON messages (message_id);

-- The words of messages, by their numbers; not the text, which is in the body.
CREATE VIRTUAL TABLE words USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);

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
