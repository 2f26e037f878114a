//! Sockets in a browser.

use super::driver::Report;
use crate::connection::SocketEvent;
use heliograph_protocol::socket::{BEARER_SUBPROTOCOL_PREFIX, CLOSE_ENDED, SUBPROTOCOL};
use js_sys::{Array, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

/// Tells whether the browser knows that it has no network.
pub(crate) fn is_offline() -> bool {
    let get = |of: &JsValue, name| Reflect::get(of, &JsValue::from_str(name));
    let navigator = get(&js_sys::global(), "navigator");
    let is_online = navigator.and_then(|navigator| get(&navigator, "onLine"));
    is_online.is_ok_and(|is_online| is_online == JsValue::FALSE)
}

/// Is a socket; dropping it closes it.
pub(super) struct Link {
    /// None where the browser would not even begin.
    socket: Option<Heard>,
}

/// Is a socket that is listened to.
struct Heard {
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Link {
    /// Begins to open one, and reports what comes of it.
    pub(super) fn open(url: &str, token: String, report: Report) -> Self {
        let bearer = format!("{BEARER_SUBPROTOCOL_PREFIX}{token}");
        let protocols = Array::of2(&SUBPROTOCOL.into(), &bearer.into());
        let Ok(socket) = WebSocket::new_with_str_sequence(url, &protocols) else {
            // The address is none, or the page may not go there.
            report.tell(SocketEvent::Unreachable);
            return Self { socket: None };
        };
        Self {
            socket: Some(Heard::listen(socket, report)),
        }
    }

    /// Sends a text, unless the socket has ended.
    pub(super) fn send(&self, text: String) {
        if let Some(heard) = &self.socket {
            // One that is closing says so by itself.
            _ = heard.socket.send_with_str(&text);
        }
    }
}

impl Heard {
    fn listen(socket: WebSocket, report: Report) -> Self {
        let is_open = Rc::new(Cell::new(false));
        let (opens, opened) = (Rc::clone(&is_open), report.clone());
        let on_open = Closure::<dyn FnMut()>::new(move || {
            opens.set(true);
            opened.tell(SocketEvent::Opened);
        });
        let texts = report.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |message: MessageEvent| {
            if let Some(text) = message.data().as_string() {
                texts.tell(SocketEvent::Text(text));
            }
        });
        let on_close = Closure::<dyn FnMut(_)>::new(move |close: CloseEvent| {
            report.tell(ended(is_open.get(), close.code()));
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It fails for codes that nobody may send.
        _ = self.socket.close_with_code(CLOSE_ENDED);
    }
}

/// Says what a browser's close means: of one that never opened it does not tell why.
fn ended(was_open: bool, code: u16) -> SocketEvent {
    match was_open {
        true => SocketEvent::Closed { code: Some(code) },
        false if is_offline() => SocketEvent::Unreachable,
        false => SocketEvent::Refused {
            status: None,
            retry_after_ms: None,
        },
    }
}
