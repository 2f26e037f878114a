-- Version 1: one table per durable table of the Store port.
-- expires_at is in seconds since the Unix epoch; fields is a MessagePack map.

CREATE TABLE users (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX users_expiry ON users (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE inbox (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_expiry ON inbox (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE registrations (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_expiry ON registrations (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE limits (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_expiry ON limits (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE prekeys (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX prekeys_expiry ON prekeys (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE contacts (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_expiry ON contacts (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE cleanups (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX cleanups_expiry ON cleanups (expires_at) WHERE expires_at IS NOT NULL;
