//! Nothing of a person is ever logged.

use heliograph_protocol::reply::{DevicesLinkOk, MediaUploadOk};
use heliograph_protocol::request::{ContactsPut, DevicesLink, NewContact, Who};
use heliograph_tests::files::{get, parts, put, put_parts, whole};
use heliograph_tests::{OneMachine, device, message};
use hyper::StatusCode;
use tokio_tungstenite::tungstenite::Message;

const MARKER: &str = "do-not-log-4711";

#[tokio::test]
async fn content_numbers_and_tokens_are_not_in_the_log() {
    for level in ["info", "trace"] {
        let faults = "gone=0.3,throttled=0.3,reorder=0.3";
        let mut machine = OneMachine::start(&["--dev", "--faults", faults]).await;
        machine.stop().await;
        machine.set_variable("HELIOGRAPH_LOG", level);
        machine.start_again().await;
        let (mut alice, bob) = (machine.person(MARKER).await, machine.person(MARKER).await);
        let mut secrets = vec![MARKER.to_owned()];
        for person in [&alice, &bob] {
            secrets.push(person.number.as_str()[1..].to_owned());
            secrets.push(person.session.access_token.clone());
            secrets.push(person.session.refresh_token.clone());
        }

        for _ in 0..20 {
            let mut a = alice.connect().await;
            let _ = a.try_send_all(vec![message(&bob, MARKER)]).await;
            let _ = a.send_raw(Message::text(format!("{{{MARKER}"))).await;
            let odd = format!(r#"{{"action":"{MARKER}","id":"{MARKER}"}}"#);
            let _ = a.send_raw(Message::text(odd)).await;
            let contact = NewContact {
                who: Who::Number(bob.number.clone()),
                name: Some(MARKER.to_owned()),
            };
            let contacts = vec![contact];
            let _ = a.try_ask(|id| ContactsPut { id, contacts }).await;
            if let Ok(reply) = a.try_ask(|id| DevicesLink { id }).await
                && let Ok(ok) = reply.outcome
            {
                let token = ok.read::<DevicesLinkOk>().unwrap().link_token;
                if let Ok(session) = alice.site.link(&token, device(MARKER, 3)).await {
                    secrets.extend([session.access_token, session.refresh_token]);
                }
                secrets.push(token);
            }
            let mut b = bob.connect().await;
            let _ = b.try_drain(|it| secrets.push(it.ack_token)).await;
        }
        let stolen = alice.session.refresh_token.clone();
        alice.refresh().await.unwrap();
        secrets.push(alice.session.refresh_token.clone());
        let site = machine.site().clone();
        site.tokens(&stolen).await.unwrap_err();
        alice.try_connect().await.unwrap_err();
        site.post_text("/v1/registrations", MARKER).await;
        site.post_text(&format!("/v1/{MARKER}"), MARKER).await;

        let log = machine.log();
        assert!(!log.is_empty(), "there is a log at {level}");
        for secret in secrets {
            let line = log.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{secret} at {level}");
        }
    }
}

/// Whoever has an address gets the file, or puts another one there.
#[tokio::test]
async fn addresses_of_files_are_not_in_the_log() {
    for level in ["debug", "trace", "info,s3s::service=trace,aws_sigv4=trace"] {
        let mut machine = OneMachine::start(&["--dev"]).await;
        machine.stop().await;
        machine.set_variable("HELIOGRAPH_LOG", level);
        machine.start_again().await;
        let mut a = machine.person("alice").await.connect().await;
        let (small, large) = (vec![7; 1000], vec![7; 9 << 20]);
        let signed: MediaUploadOk = a.upload(&small).await.ok();
        let answer = put(whole(&signed), &small).await;
        assert_eq!(answer.status, StatusCode::OK);
        let in_parts: MediaUploadOk = a.upload_in_parts(&large).await.ok();
        put_parts(&in_parts, &large).await;
        let there = a.download(&signed.media_id).await;
        assert_eq!(get(&there.url).await.bytes, small);

        let mut urls = vec![whole(&signed).url.clone(), there.url];
        urls.extend(parts(&in_parts).iter().map(|part| part.request.url.clone()));
        let log = machine.log();
        assert!(!log.is_empty() || level.starts_with("info"), "{level}");
        for url in urls {
            let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
            let signature = signature.split('&').next().unwrap();
            let line = log.lines().find(|line| line.contains(signature));
            assert_eq!(line, None, "at {level}");
        }
    }
}
