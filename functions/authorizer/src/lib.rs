//! The socket's authorizer: who may open one (protocol §2).
#![deny(missing_docs)]

use heliograph_domain::Context;
use heliograph_domain::app::App;
use heliograph_domain::usecases::{self, AuthorizeError};
use heliograph_lambda::authorizer::{
    AuthorizerEvent, AuthorizerReply, Refusal, allow, bearer_token, deny,
};

/// Handles the authorizer's question: 401 without a token that holds, 403 for a removed device.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(
    app: &App,
    cx: &Context,
    event: AuthorizerEvent,
) -> Result<AuthorizerReply, Refusal> {
    let token = bearer_token(&event.headers).ok_or(Refusal::Unauthorized)?;
    match usecases::authorize(app, cx, token).await {
        Ok(device) => Ok(allow(&event, &device)),
        Err(AuthorizeError::Unauthenticated(_)) => Err(Refusal::Unauthorized),
        Err(AuthorizeError::Revoked) => Ok(deny(&event)),
        Err(error @ AuthorizeError::Store(_)) => {
            tracing::warn!(error = heliograph_domain::chain(&error), "unavailable");
            Err(Refusal::Unavailable)
        }
    }
}
