//! An app around the client in a browser: what `phone.js` calls. What is no text is JSON.

use super::{chain, told};
use heliograph_client::client::{Client, ClientConfig, Events, Registration, Says};
use heliograph_client::content::Body;
use heliograph_client::store::StoreKey;
use heliograph_protocol::request::Recipient;
use heliograph_protocol::{GroupId, UserId};
use js_sys::Function;
use serde::Deserialize;
use serde_json::{Value, json};
use std::error::Error;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

/// How many messages of a chat are given.
const MESSAGES: usize = 20_000;

/// Says where the deployment is, and where the store.
#[derive(Deserialize)]
struct Config {
    http_url: String,
    socket_url: String,
    file: String,
    passphrase: Option<String>,
}

fn config(json: &str) -> Result<ClientConfig, JsError> {
    let config: Config = read(json)?;
    Ok(ClientConfig {
        http_url: config.http_url,
        socket_url: config.socket_url,
        file: config.file.into(),
        key: match config.passphrase {
            Some(passphrase) => StoreKey::Passphrase(passphrase.into()),
            None => StoreKey::Raw([7; 32].into()),
        },
        device_name: "browser".into(),
        timing: Default::default(),
    })
}

/// Is a device on its way to an account.
#[wasm_bindgen]
pub struct Newcomer(Registration);

#[wasm_bindgen]
impl Newcomer {
    pub async fn prepare(config_json: String) -> Result<Newcomer, JsError> {
        let registration = Registration::new(config(&config_json)?);
        Ok(Newcomer(made(registration.await)?))
    }

    /// Asks for a code; gives the registration's id.
    #[wasm_bindgen(js_name = askForCode)]
    pub async fn ask_for_code(&self, number: String) -> Result<String, JsError> {
        let number = made(number.parse())?;
        Ok(made(self.0.ask_for_code(&number).await)?.to_string())
    }

    pub async fn verify(&self, id: String, code: String) -> Result<(), JsError> {
        let id = made(id.parse())?;
        made(self.0.verify(&id, &code).await).map(drop)
    }

    pub async fn link(&self, token: String) -> Result<(), JsError> {
        made(self.0.link(&token).await).map(drop)
    }
}

/// Is a device with an account.
#[wasm_bindgen]
pub struct Phone(Client);

#[wasm_bindgen]
impl Phone {
    /// Opens a store; `tell` gets what happens.
    pub async fn open(config_json: String, tell: Function) -> Result<Phone, JsError> {
        let (client, events) = made(Client::open(config(&config_json)?).await)?;
        spawn_local(hear(events, tell));
        Ok(Phone(client))
    }

    #[wasm_bindgen(js_name = networkIsBack)]
    pub fn network_is_back(&self) {
        self.0.network_is_back();
    }

    pub fn id(&self) -> String {
        self.0.address().user_id.to_string()
    }

    /// Finds who has a number.
    pub async fn find(&self, number: String) -> Result<Option<String>, JsError> {
        let found = made(self.0.find(&made(number.parse())?).await)?;
        Ok(found.map(|user_id| user_id.to_string()))
    }

    /// Sends a text; gives the message's id.
    pub async fn say(&self, chat: String, text: String) -> Result<String, JsError> {
        let sent = self.0.send_text(read::<Recipient>(&chat)?, &text).await;
        Ok(made(sent)?.to_string())
    }

    /// Gives the messages of a chat, the oldest first.
    pub async fn messages(&self, chat: String) -> Result<String, JsError> {
        let messages = self.0.messages(read::<Recipient>(&chat)?, None, MESSAGES);
        let messages = made(messages.await)?;
        let messages: Vec<Value> = messages.iter().map(told::message).collect();
        Ok(json!(messages).to_string())
    }

    /// Finds texts.
    pub async fn search(&self, words: String) -> Result<String, JsError> {
        let found = made(self.0.search(&words, MESSAGES).await)?;
        let texts: Vec<_> = found.iter().map(|(_, it)| it.says.text()).collect();
        Ok(json!(texts).to_string())
    }

    /// Waits until the server has all.
    pub async fn settled(&self) -> Result<(), JsError> {
        made(self.0.settled().await)
    }

    #[wasm_bindgen(js_name = linkToken)]
    pub async fn link_token(&self) -> Result<String, JsError> {
        made(self.0.link_token().await)
    }

    #[wasm_bindgen(js_name = safetyNumber)]
    pub async fn safety_number(&self, user_id: String) -> Result<String, JsError> {
        let user_id: UserId = made(user_id.parse())?;
        let (number, _) = made(self.0.safety_number(&user_id).await)?;
        Ok(number.to_string())
    }

    /// Makes a group; gives its chat.
    #[wasm_bindgen(js_name = createGroup)]
    pub async fn create_group(
        &self,
        name: String,
        members: Vec<String>,
    ) -> Result<String, JsError> {
        let members = members.iter().map(|it| it.parse()).collect();
        let (group_id, _) = made(self.0.create_group(&name, made(members)?).await)?;
        Ok(json!(Recipient::Group(group_id)).to_string())
    }

    /// Takes somebody out of a group.
    pub async fn remove(&self, group_id: String, user_id: String) -> Result<(), JsError> {
        let (group_id, user_id): (GroupId, UserId) =
            (made(group_id.parse())?, made(user_id.parse())?);
        made(self.0.remove_from_group(&group_id, vec![user_id]).await)
    }

    /// Sends a file that the user chose.
    #[wasm_bindgen(js_name = sendFile)]
    pub async fn send_file(
        &self,
        chat: String,
        file: File,
        caption: String,
    ) -> Result<(), JsError> {
        let sent = self
            .0
            .send_file(read::<Recipient>(&chat)?, file, Some(&caption));
        made(sent.await).map(drop)
    }

    /// Gets the newest file of a chat.
    #[wasm_bindgen(js_name = getFile)]
    pub async fn get_file(&self, chat: String, to: String) -> Result<(), JsError> {
        let messages = self.0.messages(read::<Recipient>(&chat)?, None, MESSAGES);
        let messages = made(messages.await)?;
        let media = messages.iter().rev().find_map(|it| match &it.says {
            Says::Content(Body::Media(media)) => Some(media.clone()),
            _ => None,
        });
        let media = media.ok_or_else(|| JsError::new("no file in this chat"))?;
        made(self.0.get_file(&media, to).await).map(drop)
    }
}

async fn hear(mut events: Events, tell: Function) {
    while let Some(event) = events.next().await {
        if let Some(event) = told::client_event(&event) {
            _ = tell.call1(&JsValue::NULL, &event.into());
        }
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, JsError> {
    made(serde_json::from_str(json))
}

fn made<T, E: Error>(made: Result<T, E>) -> Result<T, JsError> {
    made.map_err(|error| chain(&error))
}
