//! Heliograph's own protocol, against a running `heliographd --dev --no-limits`.

mod accounts;
mod client;
mod decode;
mod encode;
mod http;
mod keys;
mod message_id;
#[cfg(test)]
mod tests;

pub(crate) use client::{Client, request_id};

use super::websocket::{Frames, upgrade};
use super::{Connection, Driver};
use crate::clock::unix_ms;
use accounts::{Account, Accounts};
use anyhow::{Context, Result};
use async_trait::async_trait;
use decode::HelioDecoder;
use encode::{HelioEncoder, write_sync};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use heliograph_protocol::http::{
    DeviceInfo, RegisterOk, RegisterRequest, SessionOk, TokensOk, TokensRequest, VerifyRequest,
};
use heliograph_protocol::keys::KeySet;
use http::Http;
use keys::Signing;
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;

/// Token renewals under way at a time.
const RENEWALS: usize = 16;

pub(crate) struct Heliograph {
    addr: String,
    signing: Signing,
    keys: KeySet,
    accounts: Arc<Accounts>,
}

/// What `GET /dev/sms` answers.
#[derive(Deserialize)]
struct DevSms {
    code: String,
}

impl Heliograph {
    /// `accounts` is the file of registered users.
    pub(crate) fn new(addr: String, accounts: &Path) -> Result<Heliograph> {
        let accounts = Arc::new(Accounts::open(accounts)?);
        let signing = Signing::new();
        Ok(Heliograph {
            addr,
            keys: signing.key_set(),
            signing,
            accounts,
        })
    }

    fn account(&self, user: usize) -> Result<Account> {
        self.accounts
            .get(user)
            .with_context(|| format!("user {user} is not registered"))
    }

    /// The header that says who connects.
    fn bearer(&self, user: usize) -> Result<String> {
        let token = self.account(user)?.access_token;
        Ok(format!("Authorization: Bearer {token}\r\n"))
    }

    async fn renew(&self, user: usize) -> Result<()> {
        let mut account = self.account(user)?;
        if !account.is_old() {
            return Ok(());
        }
        let request = TokensRequest {
            refresh_token: account.refresh_token,
        };
        let issued_at_ms = unix_ms();
        let new: TokensOk = Http::open(&self.addr)
            .await?
            .post("/v1/tokens", &request)
            .await?;
        account.access_token = new.access_token;
        account.refresh_token = new.refresh_token;
        self.accounts.put(Account {
            issued_at_ms,
            ..account
        })
    }
}

#[async_trait]
impl Driver for Heliograph {
    async fn register(&self, user: usize) -> Result<()> {
        if self.accounts.get(user).is_some() {
            return Ok(());
        }
        let number = phone_number(user);
        let request = RegisterRequest {
            phone_number: number.parse()?,
        };
        let mut http = Http::open(&self.addr).await?;
        let RegisterOk {
            registration_id, ..
        } = http.post("/v1/registrations", &request).await?;
        let sms = format!("/dev/sms?phone_number={}", number.replace('+', "%2B"));
        let DevSms { code } = http.get(&sms).await?;
        let device = DeviceInfo {
            name: "bench".into(),
            registration_id: 1,
            keys: self.keys.clone(),
        };
        let verify = format!("/v1/registrations/{registration_id}/verify");
        let issued_at_ms = unix_ms();
        let session: SessionOk = http.post(&verify, &VerifyRequest { code, device }).await?;
        self.accounts.put(Account {
            user,
            user_id: session.user_id.to_string(),
            access_token: session.access_token,
            refresh_token: session.refresh_token,
            issued_at_ms,
        })
    }

    /// Renews old access tokens; a client does that every few minutes, not when it connects.
    async fn prepare(&self, users: &[usize]) -> Result<()> {
        let renewals = stream::iter(users.to_vec()).map(|user| self.renew(user));
        renewals.buffer_unordered(RENEWALS).try_collect().await
    }

    async fn make_group(&self, group: &str, members: &[usize]) -> Result<()> {
        let (admin, others) = members.split_first().context("a group of nobody")?;
        let mut client = self.client(*admin).await?;
        client.make_group(group, self.user_ids(others)?).await?;
        client.close().await
    }

    /// Opens the socket and, as every client does first, asks for what waits.
    async fn connect(&self, user: usize) -> Result<Connection> {
        let (wire, buf) = upgrade(&self.addr, "/ws", &self.bearer(user)?).await?;
        let mut sync = Vec::new();
        write_sync(None, &mut sync);
        wire.write_all(&sync).await?;
        let encoder = HelioEncoder::new(self.accounts.clone());
        Ok(Connection::new(
            wire,
            encoder,
            Frames(HelioDecoder::default()),
            buf,
        ))
    }

    fn heliograph(&self) -> Option<&Heliograph> {
        Some(self)
    }
}

/// The number of a user: Swedish mobile numbers beginning with +46 70, ten million of them.
fn phone_number(user: usize) -> String {
    format!("+4670{user:07}")
}
