//! Notifications through SNS mobile push.

use crate::support::{Proxy, Request, Step, config};
use heliograph_aws::{Clients, PlatformArns, SnsNotifier};
use heliograph_domain::ports::{Notifier, NotifyErrorKind, Registration, TargetError};
use heliograph_protocol::request::{PushTarget, WebPushKeys};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const APNS: &str = "arn:aws:sns:eu-north-1:000000000000:app/APNS/heliograph";
const FCM: &str = "arn:aws:sns:eu-north-1:000000000000:app/GCM/heliograph";
const ENDPOINT: &str = "arn:aws:sns:eu-north-1:000000000000:endpoint/GCM/heliograph/0f1e2d";
const TOKEN: &str = "dQw4w9:APA91b&=+ü";

const CREATED: Answer = (
    200,
    "<CreatePlatformEndpointResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
       <CreatePlatformEndpointResult>\
         <EndpointArn>arn:aws:sns:eu-north-1:000000000000:endpoint/GCM/heliograph/0f1e2d</EndpointArn>\
       </CreatePlatformEndpointResult>\
       <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>\
     </CreatePlatformEndpointResponse>",
);
const PUBLISHED: Answer = (
    200,
    "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
       <PublishResult><MessageId>1</MessageId></PublishResult>\
       <ResponseMetadata><RequestId>2</RequestId></ResponseMetadata>\
     </PublishResponse>",
);
const DELETED: Answer = (
    200,
    "<DeleteEndpointResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
       <ResponseMetadata><RequestId>3</RequestId></ResponseMetadata>\
     </DeleteEndpointResponse>",
);
const UNAVAILABLE: Answer = (503, "Service Unavailable");

type Answer = (u16, &'static str);

/// An error as SNS words it; all that it quotes is secret.
macro_rules! error {
    ($status:literal, $code:literal, $message:literal) => {
        (
            $status,
            concat!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>",
                "<Type>Sender</Type><Code>",
                $code,
                "</Code><Message>",
                $message,
                "</Message></Error><RequestId>4</RequestId></ErrorResponse>"
            ),
        )
    };
}

const DISABLED: Answer = error!(400, "EndpointDisabled", "Endpoint is disabled: 0f1e2d");
const DENIED: Answer = error!(
    403,
    "AuthorizationError",
    "User: role is not authorized to perform: SNS:Publish on resource: \
     arn:aws:sns:eu-north-1:000000000000:endpoint/GCM/heliograph/0f1e2d"
);

/// An SNS that answers each operation with one thing.
async fn sns(created: Answer, published: Answer, deleted: Answer) -> Proxy {
    Proxy::start("", move |request| {
        let (status, body) = match action(request).as_str() {
            "CreatePlatformEndpoint" => created,
            "Publish" => published,
            "DeleteEndpoint" => deleted,
            other => panic!("SNS was asked to {other}"),
        };
        Step::AnswerText(status, body)
    })
    .await
}

fn notifier(sns: &Proxy) -> SnsNotifier {
    let platforms = PlatformArns {
        apns: Some(APNS.to_owned()),
        fcm: Some(FCM.to_owned()),
    };
    Clients::new(&config(&sns.endpoint())).notifier(platforms)
}

fn apns() -> PushTarget {
    PushTarget::Apns {
        token: TOKEN.to_owned(),
    }
}

fn fcm() -> PushTarget {
    PushTarget::Fcm {
        token: TOKEN.to_owned(),
    }
}

fn web() -> PushTarget {
    PushTarget::Web {
        endpoint: "https://push.example/1".to_owned(),
        keys: WebPushKeys {
            p256dh: "key".to_owned(),
            auth: "auth".to_owned(),
        },
    }
}

fn registration(target: PushTarget) -> Registration {
    Registration {
        target,
        key_id: "1".to_owned(),
    }
}

/// Fails to notify; returns how, and all that the error says.
async fn failure(sns: &Proxy, target: PushTarget) -> (NotifyErrorKind, String) {
    let notified = notifier(sns).notify(&registration(target), 0).await;
    let error = notified.unwrap_err();
    let all = format!("{} {error:?}", heliograph_domain::chain(&error));
    for hidden in ["APA91b", "0f1e2d", "endpoint/"] {
        assert!(!all.contains(hidden), "{all}");
    }
    (error.kind(), all)
}

/// The fields of a form.
fn form(request: &Request) -> BTreeMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

fn action(request: &Request) -> String {
    form(request).remove("Action").unwrap()
}

fn actions(sns: &Proxy) -> Vec<String> {
    sns.seen().iter().map(action).collect()
}

#[tokio::test]
async fn only_phones_with_an_application_are_accepted() {
    let arn = |arn: &str, is_there: bool| is_there.then(|| arn.to_owned());
    let sns = sns(CREATED, PUBLISHED, DELETED).await;
    for (has_apns, has_fcm) in [(false, false), (true, false), (false, true), (true, true)] {
        let platforms = PlatformArns {
            apns: arn(APNS, has_apns),
            fcm: arn(FCM, has_fcm),
        };
        let notifier = Clients::new(&config(&sns.endpoint())).notifier(platforms);
        for (target, is_served) in [(apns(), has_apns), (fcm(), has_fcm), (web(), false)] {
            let expected = is_served.then_some(()).ok_or(TargetError::Kind);
            assert_eq!(notifier.accepts(&target), expected, "{target:?}");
            let notified = notifier.notify(&registration(target), 0).await;
            let notified = notified.map_err(|error| error.kind());
            let expected = is_served.then_some(()).ok_or(NotifyErrorKind::Refused);
            assert_eq!(notified, expected);
        }
        assert_eq!(notifier.web_push_key(), None);
    }
    let requests_of_a_notification = 2;
    assert_eq!(sns.seen().len(), 4 * requests_of_a_notification);
}

#[tokio::test]
async fn an_endpoint_is_made_and_published_to() {
    for (target, application) in [(apns(), APNS), (fcm(), FCM)] {
        let sns = sns(CREATED, PUBLISHED, DELETED).await;
        let notified = notifier(&sns).notify(&registration(target), 0).await;
        notified.unwrap();
        let [created, published] = sns.seen().try_into().unwrap();
        let created = form(&created);
        assert_eq!(created["Action"], "CreatePlatformEndpoint");
        assert_eq!(created["PlatformApplicationArn"], application);
        assert_eq!(created["Token"], TOKEN);
        // With attributes SNS would refuse an endpoint that it has disabled.
        let mut names: Vec<&str> = created.keys().map(String::as_str).collect();
        names.retain(|name| name.starts_with("Attributes") || name.starts_with("Custom"));
        assert!(names.is_empty(), "{names:?}");
        let published = form(&published);
        assert_eq!(published["Action"], "Publish");
        assert_eq!(published["TargetArn"], ENDPOINT);
        assert_eq!(published["MessageStructure"], "json");
    }
}

#[tokio::test]
async fn a_notification_says_that_there_are_messages_and_nothing_else() {
    let sns = sns(CREATED, PUBLISHED, DELETED).await;
    let notified = notifier(&sns).notify(&registration(fcm()), 0).await;
    notified.unwrap();
    let published = form(&sns.seen()[1]);
    let message: Value = serde_json::from_str(&published["Message"]).unwrap();
    let said = "you have messages";
    let apple = json!({"aps": {"alert": said, "sound": "default"}});
    let google = json!({"notification": {"body": said}});
    // SNS wants each service's message as text.
    let message: BTreeMap<&str, Value> = message
        .as_object()
        .unwrap()
        .iter()
        .map(|(service, text)| {
            let text = text.as_str().unwrap();
            let read = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            (service.as_str(), read)
        })
        .collect();
    let expected = BTreeMap::from([
        ("default", said.into()),
        ("APNS", apple.clone()),
        ("APNS_SANDBOX", apple),
        ("GCM", google),
    ]);
    assert_eq!(message, expected);
    let names: Vec<&str> = published.keys().map(String::as_str).collect();
    let known = [
        "Action",
        "Message",
        "MessageStructure",
        "TargetArn",
        "Version",
    ];
    assert_eq!(names, known);
}

#[tokio::test]
async fn a_disabled_endpoint_is_deleted_and_gone() {
    for deleted in [DELETED, DENIED, UNAVAILABLE] {
        let sns = sns(CREATED, DISABLED, deleted).await;
        let (kind, _) = failure(&sns, fcm()).await;
        assert_eq!(kind, NotifyErrorKind::Gone);
        let asked = sns.seen();
        assert_eq!(
            actions(&sns)[..3],
            ["CreatePlatformEndpoint", "Publish", "DeleteEndpoint"]
        );
        assert_eq!(form(&asked[2])["EndpointArn"], ENDPOINT);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_gone() {
    let not_found = error!(404, "NotFound", "Endpoint 0f1e2d does not exist");
    let sns = sns(CREATED, not_found, DELETED).await;
    assert_eq!(failure(&sns, fcm()).await.0, NotifyErrorKind::Gone);
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_a_refusal() {
    let invalid_token = error!(
        400,
        "InvalidParameter", "Invalid parameter: Token Reason: dQw4w9:APA91b is not valid"
    );
    let other_attributes = error!(
        400,
        "InvalidParameter",
        "Invalid parameter: Token Reason: Endpoint \
         arn:aws:sns:eu-north-1:000000000000:endpoint/GCM/heliograph/0f1e2d already exists with \
         the same Token, but different attributes."
    );
    // No reason to forget a device: it is the application that is not there.
    let no_application = error!(404, "NotFound", "PlatformApplication does not exist");
    let switched_off = error!(
        400,
        "PlatformApplicationDisabled", "endpoint/GCM/heliograph/0f1e2d"
    );
    for (created, code) in [
        (invalid_token, "InvalidParameter (status 400)"),
        (other_attributes, "InvalidParameter (status 400)"),
        (no_application, "NotFound (status 404)"),
        (DENIED, "AuthorizationError (status 403)"),
    ] {
        let sns = sns(created, PUBLISHED, DELETED).await;
        let (kind, all) = failure(&sns, fcm()).await;
        assert_eq!(kind, NotifyErrorKind::Refused, "{all}");
        assert!(all.contains(code), "{all}");
        assert_eq!(actions(&sns), ["CreatePlatformEndpoint"]);
    }
    for published in [invalid_token, switched_off, DENIED] {
        let sns = sns(CREATED, published, DELETED).await;
        let (kind, all) = failure(&sns, fcm()).await;
        assert_eq!(kind, NotifyErrorKind::Refused, "{all}");
        assert_eq!(actions(&sns), ["CreatePlatformEndpoint", "Publish"]);
    }
}

#[tokio::test]
async fn what_may_pass_is_unavailable() {
    let throttling = error!(400, "Throttling", "Rate exceeded for 0f1e2d");
    let throttled = error!(429, "Throttled", "Rate exceeded for 0f1e2d");
    let internal = error!(500, "InternalError", "0f1e2d");
    let no_arn = (
        200,
        "<CreatePlatformEndpointResponse><CreatePlatformEndpointResult/>\
         </CreatePlatformEndpointResponse>",
    );
    let nonsense = (200, "<html>endpoint/0f1e2d</html>");
    for answer in [throttling, throttled, internal, UNAVAILABLE, nonsense] {
        for (created, published) in [(answer, PUBLISHED), (CREATED, answer)] {
            let sns = sns(created, published, DELETED).await;
            let (kind, all) = failure(&sns, fcm()).await;
            assert_eq!(kind, NotifyErrorKind::Unavailable, "{all}");
            assert!(!actions(&sns).contains(&"DeleteEndpoint".to_owned()));
        }
    }
    let sns = sns(no_arn, PUBLISHED, DELETED).await;
    assert_eq!(failure(&sns, fcm()).await.0, NotifyErrorKind::Unavailable);
    assert_eq!(actions(&sns), ["CreatePlatformEndpoint"]);
}

#[tokio::test]
async fn a_lost_connection_is_unavailable() {
    let script = |request: &Request| match action(request).as_str() {
        "CreatePlatformEndpoint" => Step::AnswerText(CREATED.0, CREATED.1),
        _ => Step::LoseRequest,
    };
    for sns in [
        Proxy::start("", |_| Step::LoseRequest).await,
        Proxy::start("", script).await,
    ] {
        assert_eq!(failure(&sns, fcm()).await.0, NotifyErrorKind::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn a_notification_ends_in_time() {
    let sns = Proxy::start("", |_| Step::Hang).await;
    let started = Instant::now();
    assert_eq!(failure(&sns, fcm()).await.0, NotifyErrorKind::Unavailable);
    let waited = started.elapsed();
    assert!(waited < Duration::from_secs(6), "{waited:?}");
}
