//! Nothing of a person is ever logged.

use heliograph_protocol::reply::DevicesLinkOk;
use heliograph_protocol::request::{ContactsPut, DevicesLink, NewContact, Who};
use heliograph_tests::{OneMachine, device, message};
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
