//! The account's HTTP calls: registrations, tokens, linking and deletion (protocol §1).
#![deny(missing_docs)]

use heliograph_domain::app::App;
use heliograph_domain::{Address, Context, usecases};
use heliograph_lambda::authorizer::bearer_token;
use heliograph_lambda::http::{
    HttpEvent, HttpReply, answer, answer_nothing, body, json, refuse, refuse_for,
};
use heliograph_protocol::http::{
    Health, LinkRequest, RegisterRequest, TokensRequest, VerifyRequest,
};
use heliograph_protocol::{ErrorBody, ErrorCode, RegistrationId};

/// Handles a call.
pub async fn handle(app: &App, cx: &Context, event: HttpEvent) -> HttpReply {
    let path = event.raw_path.as_deref().unwrap_or_default();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let method = event.request_context.http.method.as_str();
    let reply = match (method, segments.as_slice()) {
        ("POST", ["v1", "registrations"]) => register(app, cx, &event).await,
        ("POST", ["v1", "registrations", id, "verify"]) => verify(app, cx, id, &event).await,
        ("POST", ["v1", "tokens"]) => tokens(app, cx, &event).await,
        ("POST", ["v1", "devices", "link"]) => link(app, cx, &event).await,
        ("DELETE", ["v1", "account"]) => delete(app, cx, &event).await,
        ("GET", ["healthz"]) => Ok(json(200, &Health::ok())),
        _ => Err(Box::new(refuse(ErrorBody::new(
            ErrorCode::NotFound,
            "no such call",
        )))),
    };
    reply.unwrap_or_else(|refusal| *refusal)
}

type Answered = Result<HttpReply, Box<HttpReply>>;

async fn register(app: &App, cx: &Context, event: &HttpEvent) -> Answered {
    let request: RegisterRequest = body(event)?;
    let source = event
        .request_context
        .http
        .source_ip
        .as_deref()
        .unwrap_or("unknown");
    Ok(answer(
        202,
        usecases::register(app, cx, request.phone_number, source).await,
    ))
}

async fn verify(app: &App, cx: &Context, id: &str, event: &HttpEvent) -> Answered {
    let request: VerifyRequest = body(event)?;
    let Ok(id) = id.parse::<RegistrationId>() else {
        return Ok(refuse(ErrorBody::new(
            ErrorCode::NotFound,
            "no such registration",
        )));
    };
    Ok(answer(201, usecases::verify(app, cx, &id, request).await))
}

async fn tokens(app: &App, cx: &Context, event: &HttpEvent) -> Answered {
    let request: TokensRequest = body(event)?;
    Ok(answer(
        200,
        usecases::refresh(app, cx, &request.refresh_token).await,
    ))
}

async fn link(app: &App, cx: &Context, event: &HttpEvent) -> Answered {
    let request: LinkRequest = body(event)?;
    Ok(answer(201, usecases::link(app, cx, request).await))
}

async fn delete(app: &App, cx: &Context, event: &HttpEvent) -> Answered {
    let caller = caller(app, cx, event).await?;
    Ok(answer_nothing(
        usecases::delete_account(app, cx, &caller).await,
    ))
}

/// Whose access token came with the call.
async fn caller(app: &App, cx: &Context, event: &HttpEvent) -> Result<Address, Box<HttpReply>> {
    // No token is like one that does not hold.
    let token = bearer_token(&event.headers).unwrap_or_default();
    let caller = usecases::authorize(app, cx, token).await;
    caller.map_err(|error| Box::new(refuse_for(&error)))
}
