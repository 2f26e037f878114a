//! Apps in a browser: around the client, and around its transfers alone. What `worker.js` calls.
#![cfg(target_arch = "wasm32")]

pub mod phone;
pub mod picture;
mod service;
pub mod shelf;
mod told;

use futures_channel::mpsc::unbounded;
use futures_util::StreamExt;
use heliograph_client::media::image::{PhotoOptions, prepare};
use heliograph_client::media::transfer::{About, JobId, Source, TransferOptions, Transfers};
use heliograph_protocol::media::MediaKind;
use js_sys::Function;
use service::Service;
use std::error::Error;
use std::fmt::Write;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File};

/// Is an app that has its transfers open.
#[wasm_bindgen]
pub struct App {
    transfers: Transfers,
    service: Service,
}

#[wasm_bindgen]
impl App {
    /// Opens a folder of transfers. `ask` gets an action and a request, and promises the answer; `tell`
    /// gets what becomes of transfers. All of it is JSON.
    pub async fn open(folder: String, ask: Function, tell: Function) -> Result<App, JsError> {
        let (telling, mut told) = unbounded();
        let listener = move |event| _ = telling.unbounded_send(told::json(&event));
        let opened = Transfers::open(folder, TransferOptions::default(), listener).await;
        let transfers = opened.map_err(|error| chain(&error))?;
        spawn_local(async move {
            while let Some(event) = told.next().await {
                _ = tell.call1(&JsValue::NULL, &event.into());
            }
        });
        Ok(App {
            transfers,
            service: Service(ask),
        })
    }

    /// Takes on a file that is to be put; gives the transfer's id.
    pub async fn upload(&self, from: Blob) -> Result<String, JsError> {
        let from = Source::Blob(from);
        let upload = self
            .transfers
            .upload(from, MediaKind::Document, About::default());
        named(upload.await)
    }

    /// Makes a photo of a picture and takes it on to be put; gives the photo.
    #[wasm_bindgen(js_name = uploadPhoto)]
    pub async fn upload_photo(&self, picture: Vec<u8>) -> Result<Vec<u8>, JsError> {
        let photo = prepare(&picture, &PhotoOptions::default()).map_err(|error| chain(&error))?;
        let (about, from) = (
            About::from(&photo),
            Source::Bytes(photo.jpeg.clone().into()),
        );
        let upload = self.transfers.upload(from, MediaKind::Image, about).await;
        upload.map_err(|error| chain(&error))?;
        Ok(photo.jpeg)
    }

    /// Takes on a file of an attachment, as JSON, that is to be got.
    pub async fn download(&self, attachment: String, to: String) -> Result<String, JsError> {
        let attachment = serde_json::from_str(&attachment).map_err(|error| chain(&error))?;
        named(self.transfers.download(&attachment, to).await)
    }

    /// Does what there is to be done, for ever.
    pub async fn run(&self) {
        self.transfers.run(&self.service).await;
    }

    /// Stops a transfer.
    pub async fn cancel(&self, id: String) -> Result<bool, JsError> {
        let id: JobId = id.parse().map_err(|error| chain(&error))?;
        let cancelled = self.transfers.cancel(id).await;
        cancelled.map_err(|error| chain(&error))
    }

    /// Lists the transfers that have not ended.
    pub fn pending(&self) -> Vec<String> {
        let ids = self.transfers.pending().into_iter();
        ids.map(String::from).collect()
    }

    /// Gives a file that has come.
    pub async fn file(&self, to: String) -> Result<File, JsError> {
        let file = self.transfers.file(to).await;
        file.map_err(|error| chain(&error))
    }
}

fn named<E: Error>(id: Result<JobId, E>) -> Result<String, JsError> {
    id.map(String::from).map_err(|error| chain(&error))
}

/// Tells an error with its causes.
fn chain(error: &dyn Error) -> JsError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        _ = write!(text, ": {error}");
        cause = error.source();
    }
    JsError::new(&text)
}
