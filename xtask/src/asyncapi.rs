//! The AsyncAPI 3 document: the socket, with the HTTPS calls beside it.

use anyhow::Result;
use heliograph_protocol::{
    limits::FRAME_BYTES_MAX,
    socket::{CLOSE_BINARY, CLOSE_ENDED, CLOSE_GOING_AWAY, CLOSE_TOO_LARGE, SUBPROTOCOL},
};
use serde_json::{Map, Value, json};

use crate::{http, schemas::Schemas, socket::Socket};

const ABOUT: &str = "\
The contract between any client and any deployment, one machine or AWS. Times are integers, \
milliseconds since the Unix epoch. Ids are opaque to a client, except `message_id`, a UUIDv7 made \
by the sending client. Fields that are not listed are ignored.

A device registers and gets its tokens over HTTPS (`x-http-calls`), then opens the socket. The \
document is written from the server's side: it receives requests, and sends events.";

const SOCKET: &str = "\
One JSON object in each text message; a request carries an `id` of the client's choosing, which its \
reply echoes. Replies come in any order. A connection is opened with `Authorization: Bearer <access \
token>` or, from a browser, with the token as a subprotocol; without a valid token the answer is 401, \
and 403 for a revoked device. A device has one connection: a new one displaces the old. It ends \
after 10 minutes without a message, and after 2 hours in any case.";

/// Builds the document from the protocol's types, section by section.
pub(crate) fn sections() -> Result<Vec<(&'static str, Value)>> {
    let mut schemas = Schemas::new();
    let Socket {
        messages,
        operations,
        ..
    } = Socket::describe(&mut schemas)?;
    let calls = http::calls(&mut schemas);
    let errors = http::errors(&mut schemas)?;
    Ok(vec![
        ("asyncapi", "3.0.0".into()),
        ("info", info()),
        ("defaultContentType", "application/json".into()),
        ("servers", servers()),
        ("channels", json!({"socket": channel(&messages)})),
        ("operations", operations.into()),
        ("x-close-codes", close_codes()),
        ("x-http-calls", calls.into()),
        ("x-http-errors", errors),
        ("components", components(messages, schemas)?),
    ])
}

fn info() -> Value {
    json!({
        "title": "Heliograph",
        "version": "1",
        "description": ABOUT,
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    })
}

fn components(messages: Map<String, Value>, schemas: Schemas) -> Result<Value> {
    Ok(json!({
        "schemas": schemas.into_components()?,
        "messages": messages,
        "correlationIds": {
            "request": {
                "description": "The id that the client gave its request.",
                "location": "$message.payload#/id",
            },
        },
        "securitySchemes": {
            "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        },
    }))
}

fn servers() -> Value {
    let security = json!([{"$ref": "#/components/securitySchemes/accessToken"}]);
    json!({
        "one-machine": {
            "description": "heliographd, the whole of it in one process.",
            "host": "localhost:{port}",
            "protocol": "ws",
            "variables": {"port": {"default": "8080"}},
            "security": &security,
        },
        "aws": {
            "description": "API Gateway, as template.yaml deploys it.",
            "host": "{api}.execute-api.{region}.amazonaws.com",
            "pathname": "/{stage}",
            "protocol": "wss",
            "variables": {
                "api": {"description": "The id of the WebSocket API."},
                "region": {"default": "eu-north-1"},
                "stage": {"default": "v1"},
            },
            "security": &security,
        },
    })
}

fn channel(messages: &Map<String, Value>) -> Value {
    let reference = |name: &String| json!({"$ref": format!("#/components/messages/{name}")});
    let messages: Map<_, _> = messages
        .keys()
        .map(|name| (name.clone(), reference(name)))
        .collect();
    let headers = json!({
        "type": "object",
        "properties": {
            "Authorization": {"type": "string", "description": "`Bearer <access token>`"},
            "Sec-WebSocket-Protocol": {
                "type": "string",
                "description": format!(
                    "`{SUBPROTOCOL}, bearer.<access token>`, answered with `{SUBPROTOCOL}`: for \
                     browsers, in place of `Authorization`"
                ),
            },
        },
    });
    json!({
        "address": "/",
        "title": "The socket",
        "description": SOCKET,
        "messages": messages,
        "bindings": {"ws": {"method": "GET", "headers": headers}},
    })
}

fn close_codes() -> Value {
    json!({
        CLOSE_ENDED.to_string(): "Displaced by a new connection of the device, or the device is revoked.",
        CLOSE_GOING_AWAY.to_string(): "Idle for 10 minutes, or open for 2 hours: open a new one.",
        CLOSE_BINARY.to_string(): "A binary message was sent.",
        CLOSE_TOO_LARGE.to_string(): format!("A message of more than {FRAME_BYTES_MAX} bytes was sent."),
    })
}
