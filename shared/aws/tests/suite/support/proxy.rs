//! A proxy that fails where a test tells it to.

use super::wire::{Request, Response, call, read_request, write_response};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the proxy does with a request.
pub(crate) enum Step {
    /// Passes it on, and the answer back.
    Forward,
    /// Passes it on, and back what the edit makes of the answer.
    ForwardAnd(Edit),
    /// Passes another body on, and back what the edit makes of the answer.
    ForwardInstead(Value, Edit),
    /// Passes another body on, and then it, and the answer back.
    ForwardFirst(Value),
    /// Passes it on and hangs up: it is done, and nobody is told.
    LoseAnswer,
    /// Hangs up: it is not done.
    LoseRequest,
    /// Never answers.
    Hang,
    /// Answers without passing it on.
    Answer(u16, Value),
    /// Answers something other than JSON.
    AnswerText(u16, &'static str),
}

/// A change of an answer.
pub(crate) type Edit = Box<dyn FnOnce(&mut Value) + Send>;

type Script = dyn FnMut(&Request) -> Step + Send;

/// A server on a port of its own; it ends with this value.
pub(crate) struct Proxy {
    authority: String,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy before a server, which a script may never forward to.
    pub(crate) async fn start(
        server: &str,
        script: impl FnMut(&Request) -> Step + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(script));
        let (server, log) = (server.to_owned(), seen.clone());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (server, log, script) = (server.clone(), log.clone(), script.clone());
                tokio::spawn(async move { serve(socket, &server, &log, &script).await });
            }
        });
        Self {
            authority,
            seen,
            task,
        }
    }

    /// Starts a server that answers everything itself.
    pub(crate) async fn answering(
        mut script: impl FnMut(&Request) -> (u16, Value) + Send + 'static,
    ) -> Self {
        let answer = move |request: &Request| {
            let (status, body) = script(request);
            Step::Answer(status, body)
        };
        Self::start("", answer).await
    }

    /// Starts a server that answers everything with the same XML.
    pub(crate) async fn speaking_xml(status: u16, body: &'static str) -> Self {
        Self::start("", move |_| Step::AnswerText(status, body)).await
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// What has come in so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    socket: TcpStream,
    server: &str,
    seen: &Mutex<Vec<Request>>,
    script: &Mutex<Script>,
) -> Option<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let request = read_request(&mut socket).await.ok()??;
        seen.lock().unwrap().push(request.clone());
        let step = (*script.lock().unwrap())(&request);
        let response = match step {
            Step::Forward => call(server, &request).await.ok()?,
            Step::ForwardAnd(edit) => edited(call(server, &request).await.ok()?, edit),
            Step::ForwardInstead(body, edit) => {
                let body = body.to_string().into_bytes();
                edited(call(server, &Request { body, ..request }).await.ok()?, edit)
            }
            Step::LoseAnswer => {
                call(server, &request).await.ok()?;
                return None;
            }
            Step::ForwardFirst(body) => {
                let body = body.to_string().into_bytes();
                call(
                    server,
                    &Request {
                        body,
                        ..request.clone()
                    },
                )
                .await
                .ok()?;
                call(server, &request).await.ok()?
            }
            Step::LoseRequest => return None,
            Step::Hang => std::future::pending().await,
            Step::AnswerText(status, body) => Response {
                status,
                body: body.into(),
            },
            Step::Answer(status, body) => Response {
                status,
                body: body.to_string().into_bytes(),
            },
        };
        write_response(socket.get_mut(), &response).await.ok()?;
    }
}

fn edited(response: Response, edit: Edit) -> Response {
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    edit(&mut body);
    Response {
        body: body.to_string().into_bytes(),
        ..response
    }
}
