//! The wire form of each type about files, as it is today.

use heliograph_protocol::{reply, request::Request};
use insta::{assert_debug_snapshot, assert_snapshot};

use crate::samples::*;

#[test]
fn requests() {
    assert_snapshot!("request_media_upload", media_upload().to_json());
    assert_snapshot!(
        "request_media_upload_in_parts",
        media_upload_in_parts().to_json()
    );
    assert_snapshot!("request_media_complete", media_complete().to_json());
    assert_snapshot!("request_media_download", media_download().to_json());
    assert_snapshot!("request_media_delete", media_delete().to_json());
}

#[test]
fn replies() {
    assert_snapshot!("reply_media_upload", reply::ok("7", &media_upload_ok()));
    let in_parts = reply::ok("7", &media_upload_in_parts_ok());
    assert_snapshot!("reply_media_upload_in_parts", in_parts);
    assert_snapshot!("reply_media_complete", reply::ok("7", &media_complete_ok()));
    assert_snapshot!("reply_media_download", reply::ok("7", &media_download_ok()));
}

#[test]
fn debug_shows_no_address_and_no_id() {
    assert_debug_snapshot!("debug_media_upload_ok", media_upload_in_parts_ok());
    assert_debug_snapshot!("debug_media_download", media_download());
    assert_debug_snapshot!("debug_media_download_ok", media_download_ok());
}
