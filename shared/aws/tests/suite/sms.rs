//! Text messages through SNS.

use crate::support::{Proxy, config};
use heliograph_aws::Clients;
use heliograph_domain::ports::Sms;
use heliograph_protocol::http::PhoneNumber;
use serde_json::Value;
use std::error::Error as _;

const PUBLISHED: &str = "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult>\
                         </PublishResponse>";
const REFUSED: &str = "<ErrorResponse><Error><Code>InvalidParameter</Code>\
                       <Message>+46701234567 is not valid</Message></Error></ErrorResponse>";
const DENIED: &str = "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>User: role is not \
                      authorized to perform: SNS:Publish on resource: +46701234567 because no \
                      identity-based policy allows the SNS:Publish action</Message></Error>\
                      </ErrorResponse>";

fn number() -> PhoneNumber {
    serde_json::from_value(Value::from("+46701234567")).unwrap()
}

#[tokio::test]
async fn a_code_goes_out_as_a_transactional_message() {
    for sender_id in [None, Some("Heliograph")] {
        let sns = Proxy::speaking_xml(200, PUBLISHED).await;
        let sms = Clients::new(&config(&sns.endpoint())).sms(sender_id.map(str::to_owned));
        sms.send_code(&number(), "123456").await.unwrap();
        let [request] = sns.seen().try_into().unwrap();
        let form = request.text();
        for part in [
            "Action=Publish",
            "PhoneNumber=%2B46701234567",
            "123456",
            "Transactional",
        ] {
            assert!(form.contains(part), "{part} in {form}");
        }
        assert_eq!(
            form.contains("AWS.SNS.SMS.SenderID"),
            sender_id.is_some(),
            "{form}"
        );
    }
}

#[tokio::test]
async fn an_error_tells_neither_number_nor_code() {
    let denied =
        "AuthorizationError (status 403): User: role is not authorized to perform: SNS:Publish";
    for (status, answer, expected) in [
        (400, REFUSED, "InvalidParameter (status 400)"),
        (403, DENIED, denied),
    ] {
        let sns = Proxy::speaking_xml(status, answer).await;
        let sms = Clients::new(&config(&sns.endpoint())).sms(None);
        let error = sms.send_code(&number(), "123456").await.unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), expected);
        let all = format!("{error:?}");
        assert!(!all.contains("4670") && !all.contains("123456"), "{all}");
    }
}
