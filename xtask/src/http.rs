//! The HTTPS calls, which AsyncAPI has no place for: an extension of the document.

use anyhow::Result;
use heliograph_protocol::{
    ErrorCode,
    http::{
        ErrorAnswer, Health, LinkRequest, RegisterOk, RegisterRequest, SessionOk, TokensOk,
        TokensRequest, VerifyRequest,
    },
};
use serde_json::{Value, json};

use crate::schemas::Schemas;

/// Describes the calls of protocol §1; adds the schemas they need.
pub(crate) fn calls(schemas: &mut Schemas) -> Vec<Value> {
    let session = schemas.read::<SessionOk>();
    vec![
        json!({
            "call": "POST /v1/registrations",
            "summary": "Sends a 6-digit code to a phone number. Same shape and timing for known \
                        and unknown numbers.",
            "request": schemas.written::<RegisterRequest>(),
            "answers": {"202": schemas.read::<RegisterOk>()},
        }),
        json!({
            "call": "POST /v1/registrations/{registration_id}/verify",
            "summary": "Proves the number and registers the primary device. 5 wrong codes or 5 \
                        minutes end the registration (410). A number that already has an account \
                        is taken over: same user, all old devices, tokens, keys and inboxes gone.",
            "request": schemas.written::<VerifyRequest>(),
            "answers": {"201": &session},
        }),
        json!({
            "call": "POST /v1/tokens",
            "summary": "Gives the next pair of tokens; the old refresh token dies. A second use \
                        of a dead one revokes the device (403).",
            "request": schemas.written::<TokensRequest>(),
            "answers": {"200": schemas.read::<TokensOk>()},
        }),
        json!({
            "call": "POST /v1/devices/link",
            "summary": "Registers a further device, up to 5 in all, with a token from the primary \
                        device: single use, 10 minutes.",
            "request": schemas.written::<LinkRequest>(),
            "answers": {"201": &session},
        }),
        json!({
            "call": "DELETE /v1/account",
            "summary": "Deletes everything of the user. Takes `Authorization: Bearer <access \
                        token>`.",
            "answers": {"204": {}},
        }),
        json!({
            "call": "GET /healthz",
            "summary": "Says whether the deployment is there.",
            "answers": {"200": schemas.read::<Health>()},
        }),
    ]
}

/// Describes what any call answers when it fails: the status that goes with each code.
pub(crate) fn errors(schemas: &mut Schemas) -> Result<Value> {
    let mut codes = json!({});
    for code in ErrorCode::ALL {
        if let Value::String(name) = serde_json::to_value(code)? {
            codes[name] = code.http_status().into();
        }
    }
    Ok(json!({"body": schemas.read::<ErrorAnswer>(), "status_by_code": codes}))
}
