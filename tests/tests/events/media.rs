//! The samples of encrypted files.

use super::{has, read, stage, text};
use heliograph_domain::Context;
use heliograph_domain::testing::stage::Stage;
use heliograph_lambda::socket::SocketEvent;
use heliograph_protocol::media::Upload;
use heliograph_protocol::reply::MediaUploadOk;
use serde_json::Value;

async fn answer(stage: &Stage, cx: &Context, event: SocketEvent) -> String {
    text(heliograph_media::handle(&stage.app, cx, event).await)
}

fn edited(file: &str, edit: impl FnOnce(&mut Value)) -> SocketEvent {
    let mut event: SocketEvent = read(file);
    let mut body: Value = serde_json::from_str(event.body.as_deref().unwrap()).unwrap();
    edit(&mut body);
    event.body = Some(body.to_string());
    event
}

#[tokio::test]
async fn files_that_nobody_has_put_are_not_found() {
    let (stage, cx) = stage(1).await;
    for (file, id, part) in [
        ("media/upload.json", "r51", "\"upload\":{\"method\":\"PUT\""),
        ("media/complete.json", "r52", "\"not_found\""),
        ("media/download.json", "r53", "\"not_found\""),
        ("media/delete.json", "r54", "\"not_found\""),
    ] {
        let reply = answer(&stage, &cx, read(file)).await;
        has(&reply, &[&format!("\"id\":\"{id}\""), part]);
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name_and_never_repeated() {
    let (stage, cx) = stage(1).await;
    for (file, id, parts) in [
        (
            "media/upload-too-large.json",
            "r55",
            ["\"too_large\"", "104857600"],
        ),
        (
            "media/download-bad-id.json",
            "r56",
            ["\"bad_request\"", "media_id"],
        ),
    ] {
        let reply = answer(&stage, &cx, read(file)).await;
        has(&reply, &[&format!("\"id\":\"{id}\""), parts[0], parts[1]]);
        assert!(!reply.contains(".."), "{reply}");
    }
    assert_eq!(stage.files.calls(), 0);
}

#[tokio::test]
async fn a_file_is_put_completed_found_and_deleted() {
    let (stage, cx) = stage(1).await;
    let hash = heliograph_tests::hash(b"hello");
    let upload = edited("media/upload.json", |body| {
        body["sha256"] = hash.to_string().into();
    });
    let reply: Value = serde_json::from_str(&answer(&stage, &cx, upload).await).unwrap();
    let ok: MediaUploadOk = serde_json::from_value(reply["ok"].clone()).unwrap();
    let Upload::Whole(request) = &ok.upload else {
        panic!("{ok:?}");
    };
    stage.files.put(request, b"hello").unwrap();
    for (file, part) in [
        ("media/complete.json", "\"size\":5"),
        ("media/download.json", "\"url\":\"memory:"),
        ("media/delete.json", "\"ok\":{}"),
        ("media/download.json", "\"not_found\""),
    ] {
        let event = edited(file, |body| body["media_id"] = ok.media_id.as_str().into());
        has(&answer(&stage, &cx, event).await, &[part]);
    }
}
