//! Each limit of a request about files, from both sides (protocol §9).

use heliograph_protocol::{
    media::{MediaKind, Sha256},
    request::{MediaComplete, MediaDelete, MediaDownload, MediaUpload},
};
use serde_json::{Value, json};

use crate::{
    limits::{accepted, refused},
    limits_groups::with,
};

fn upload(extra: &Value) -> Value {
    let hash = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    with(
        json!({"id": "7", "size": 1, "sha256": hash, "kind": "image"}),
        extra,
    )
}

#[test]
fn what_is_uploaded() {
    let asked = accepted::<MediaUpload>(&upload(&json!({})));
    assert_eq!((asked.size, asked.kind), (1, MediaKind::Image));
    assert_eq!((asked.sha256, asked.multipart), (Sha256([7; 32]), false));
    assert_eq!(
        accepted::<MediaUpload>(&upload(&json!({"multipart": null}))),
        asked
    );
    for size in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null)] {
        let message = refused::<MediaUpload>(&upload(&json!({"size": size})));
        assert_eq!(
            message,
            "size: expected an integer of 1 to 18446744073709551615"
        );
    }
    let message = refused::<MediaUpload>(&upload(&json!({"kind": "sticker"})));
    let expected = "kind: expected one of `image`, `video`, `audio`, `document`";
    assert_eq!(message, expected);
}

#[test]
fn hashes_are_32_bytes_with_padding_or_without() {
    let padded = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    let asked = accepted::<MediaUpload>(&upload(&json!({"sha256": padded})));
    assert_eq!(asked.sha256, Sha256([7; 32]));
    assert_eq!(format!("{}=", asked.sha256), padded);
    for wrong in [
        "",
        "BwcH",
        &padded.replace('B', "-"),
        &padded[1..],
        &"Bw".repeat(32),
    ] {
        let message = refused::<MediaUpload>(&upload(&json!({"sha256": wrong})));
        assert_eq!(message, "sha256: expected 32 bytes in base64", "{wrong}");
    }
    let hashes = |count: usize| json!({"multipart": true, "parts_sha256": vec![padded; count]});
    assert_eq!(
        accepted::<MediaUpload>(&upload(&hashes(13)))
            .parts_sha256
            .len(),
        13
    );
    let message = refused::<MediaUpload>(&upload(&hashes(14)));
    assert_eq!(message, "parts_sha256: expected a list of at most 13 items");
}

#[test]
fn parts_that_were_put() {
    let complete = |parts: Value| json!({"id": "7", "media_id": "m", "parts": parts});
    let part = |number: Value, etag: &str| json!([{"part_number": number, "etag": etag}]);
    accepted::<MediaComplete>(&json!({"id": "7", "media_id": "m"}));
    for (number, etag) in [(1, "e"), (13, &*"e".repeat(128))] {
        accepted::<MediaComplete>(&complete(part(json!(number), etag)));
    }
    for number in [json!(0), json!(14), json!(-1), json!("1")] {
        let message = refused::<MediaComplete>(&complete(part(number, "e")));
        assert_eq!(
            message,
            "parts[0].part_number: expected an integer of 1 to 13"
        );
    }
    for etag in ["", "a b", "\n", &"e".repeat(129)] {
        let message = refused::<MediaComplete>(&complete(part(json!(1), etag)));
        assert_eq!(
            message,
            "parts[0].etag: expected an ETag of 1 to 128 characters"
        );
    }
}

#[test]
fn names_of_files() {
    let named = |media_id: &str| json!({"id": "7", "media_id": media_id});
    accepted::<MediaDownload>(&named(&"m".repeat(64)));
    for wrong in ["", "../m", "a/b", "a b", &"m".repeat(65)] {
        let expected = "media_id: expected a media id of 1 to 64 characters A-Z a-z 0-9 _ -";
        assert_eq!(refused::<MediaDownload>(&named(wrong)), expected);
        assert_eq!(refused::<MediaDelete>(&named(wrong)), expected);
        assert_eq!(refused::<MediaComplete>(&named(wrong)), expected);
    }
}
