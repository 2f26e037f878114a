//! Somebody with a phone and an account, on one of their devices.

use crate::account::{Refused, fresh_number};
use crate::keys::device;
use crate::site::Site;
use crate::socket::{Handshake, Socket};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use heliograph_domain::testing::keys::TestIdentity;
use heliograph_protocol::http::{PhoneNumber, SessionOk, TokensOk};
use heliograph_protocol::{DeviceId, UserId};
use hyper::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// How long a client waits that a busy server has refused.
const BUSY: Duration = Duration::from_millis(500);

/// Somebody who is registered with a deployment, as one device of theirs sees it.
#[derive(Clone, Debug)]
pub struct Person {
    /// What a failing test calls them.
    pub name: String,
    /// Their number.
    pub number: PhoneNumber,
    /// Their account and tokens.
    pub session: SessionOk,
    /// What their device's keys are made of.
    pub seed: u8,
    /// Where they are registered.
    pub site: Arc<Site>,
}

impl Person {
    /// Registers somebody with a number of their own.
    pub async fn register(site: &Arc<Site>, name: &str) -> Self {
        Self::verify(site, name, &fresh_number()).await
    }

    /// Registers somebody with a number.
    pub async fn verify(site: &Arc<Site>, name: &str, number: &PhoneNumber) -> Self {
        let registration = site.register(number).await.expect("a code is sent");
        let code = site.code(number).await;
        let seed = fastrand::u8(..);
        let session = site
            .verify(&registration.registration_id, &code, device(name, seed))
            .await
            .expect("the code is right");
        Self {
            name: name.to_owned(),
            number: number.clone(),
            session,
            seed,
            site: site.clone(),
        }
    }

    /// Registers the same number anew, from another phone.
    pub async fn take_over(&self) -> Self {
        Self::verify(&self.site, &self.name, &self.number).await
    }

    /// Links a further device, which their primary one asks for on its socket.
    pub async fn link_device(&self, primary: &mut Socket, name: &str) -> Self {
        let token = primary.link_token().await;
        // Another one than any of theirs, as long as they have been linked one after another.
        let seed = self.seed.wrapping_add(1 + self.device_id().get());
        let session = self.site.link(&token, device(name, seed)).await;
        Self {
            name: name.to_owned(),
            session: session.expect("the token is good"),
            seed,
            ..self.clone()
        }
    }

    /// The identity that signs their device's keys.
    pub fn identity(&self) -> TestIdentity {
        TestIdentity::new(self.seed)
    }

    /// The device.
    pub fn device_id(&self) -> DeviceId {
        self.session.device_id
    }

    /// Deletes the account.
    pub async fn delete_account(&self) -> Result<(), Refused> {
        let token = &self.session.access_token;
        self.site.delete_account(Some(token)).await
    }

    /// Their account.
    pub fn user_id(&self) -> &UserId {
        &self.session.user_id
    }

    /// Opens a socket.
    pub async fn connect(&self) -> Socket {
        self.try_connect()
            .await
            .unwrap_or_else(|status| panic!("{} may not connect: {status}", self.name))
    }

    /// Opens a socket once a server that is too busy lets them in.
    pub async fn come_back(&self) -> Socket {
        loop {
            match self.try_connect().await {
                Ok(socket) => return socket,
                Err(status) => assert!(status.is_server_error(), "{}: {status}", self.name),
            }
            tokio::time::sleep(BUSY).await;
        }
    }

    /// Opens a socket, unless that is refused with a status.
    pub async fn try_connect(&self) -> Result<Socket, StatusCode> {
        self.handshake()
            .bearer(&self.session.access_token)
            .open()
            .await
    }

    /// Begins to open a socket in another way.
    pub fn handshake(&self) -> Handshake {
        Handshake::new(&self.site, &self.name)
    }

    /// Gets the next pair of tokens, and keeps it.
    pub async fn refresh(&mut self) -> Result<TokensOk, Refused> {
        let tokens = self.site.tokens(&self.session.refresh_token).await?;
        self.session.access_token.clone_from(&tokens.access_token);
        self.session.refresh_token.clone_from(&tokens.refresh_token);
        Ok(tokens)
    }

    /// The partition of their inbox in the store. Their access token says when their device was
    /// made, which is no business of a client.
    pub fn inbox_partition(&self) -> String {
        let token = &self.session.access_token;
        let claims = token.split('.').nth(1).expect("a JWT has claims");
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        let SessionOk {
            user_id, device_id, ..
        } = &self.session;
        format!("{user_id}#{device_id}#{}", claims["device_created_at"])
    }
}
