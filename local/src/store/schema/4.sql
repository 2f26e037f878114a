-- Version 4: uploaded files.

CREATE TABLE media (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    expires_at INTEGER,
    fields BLOB NOT NULL,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_expiry ON media (expires_at) WHERE expires_at IS NOT NULL;
