//! What the socket's authorizer is asked, and what it answers.

use crate::apigw::{
    ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerRequestTypeRequest,
    ApiGatewayCustomAuthorizerResponse, ApiGatewayRequestAuthorizer,
};
use crate::socket::context_of;
use aws_lambda_events::http::HeaderMap;
use aws_lambda_events::iam::{IamPolicyEffect, IamPolicyStatement};
use heliograph_domain::Address;
use serde_json::Value;
use std::collections::HashMap;

/// The question, as API Gateway sends it.
pub type AuthorizerEvent = ApiGatewayCustomAuthorizerRequestTypeRequest;
/// The answer: a policy, and what later events of the socket carry along.
pub type AuthorizerReply = ApiGatewayCustomAuthorizerResponse<HashMap<String, Value>>;

/// The subprotocol that a browser asks for and is answered with (protocol §2).
pub const SUBPROTOCOL: &str = "heliograph.v1";
const BEARER_SUBPROTOCOL: &str = "bearer.";

/// Not authenticated: API Gateway answers 401 to an authorizer that fails with just this word.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No token, or none that holds.
    #[error("Unauthorized")]
    Unauthorized,
    /// The service failed; answered with 500.
    #[error("unavailable")]
    Unavailable,
}

/// Finds the access token: in `Authorization`, or, from a browser, among the subprotocols.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    if let Some(value) = headers.get("authorization") {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim());
    }
    subprotocols(headers).find_map(|name| name.strip_prefix(BEARER_SUBPROTOCOL))
}

/// Whether the client speaks subprotocols and must be answered with ours.
pub fn asks_subprotocol(headers: &HeaderMap) -> bool {
    subprotocols(headers).any(|name| name == SUBPROTOCOL)
}

fn subprotocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all("sec-websocket-protocol").iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Lets a device in.
pub fn allow(event: &AuthorizerEvent, device: &Address) -> AuthorizerReply {
    let ApiGatewayRequestAuthorizer { fields, .. } = context_of(device);
    policy(
        event,
        device.user_id.as_str(),
        IamPolicyEffect::Allow,
        fields,
    )
}

/// Keeps a device out that is known and was removed; API Gateway answers 403.
pub fn deny(event: &AuthorizerEvent) -> AuthorizerReply {
    policy(event, "revoked", IamPolicyEffect::Deny, HashMap::new())
}

/// Whether the answer lets the device in.
pub fn is_allowed(reply: &AuthorizerReply) -> bool {
    let statements = &reply.policy_document.statement;
    !statements.is_empty()
        && statements
            .iter()
            .all(|it| it.effect == IamPolicyEffect::Allow)
}

fn policy(
    event: &AuthorizerEvent,
    principal: &str,
    effect: IamPolicyEffect,
    context: HashMap<String, Value>,
) -> AuthorizerReply {
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.effect = effect;
    statement.resource = event.method_arn.iter().cloned().collect();
    let mut document = ApiGatewayCustomAuthorizerPolicy::default();
    document.version = Some("2012-10-17".to_owned());
    document.statement = vec![statement];
    let mut reply = AuthorizerReply::default();
    reply.principal_id = Some(principal.to_owned());
    reply.policy_document = document;
    reply.context = context;
    reply
}
