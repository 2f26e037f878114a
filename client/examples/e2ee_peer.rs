//! A device that is told what to do in lines of JSON, and answers in lines of JSON: what the tests in
//! `client/tests/interop` talk to.
//!
//! Each line is `{"do":"…",…}`; each answer holds what was asked for, or `error`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use heliograph_client::DeviceAddress;
use heliograph_client::e2ee::group::{SenderKey, SenderKeyReceiver};
use heliograph_client::e2ee::pqxdh::PrekeySecrets;
use heliograph_client::e2ee::prekeys::{
    KemPrekeySecret, KemUse, KeyIds, OneTimePrekeySecret, SignedPrekeySecret,
};
use heliograph_client::e2ee::session::{DecryptError, Decrypted};
use heliograph_client::e2ee::{Ciphertext, Context, Identity, Recipient, SafetyNumber, Session};
use heliograph_protocol::keys::{IdentityKey, PrekeyBundle};
use heliograph_protocol::{DeviceId, GroupId, MessageId, UserId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, Write};

type Failure = Box<dyn std::error::Error>;

/// What to do.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Command {
    /// Give the bundle, with a one-time key or with the last resort.
    Bundle { one_time: bool },
    /// Begin a session.
    Initiate { bundle: PrekeyBundle },
    /// Encrypt, in the session or to the group.
    Encrypt { content: String, place: Place },
    /// Decrypt whatever it is, and join a session if it begins one.
    Decrypt { ciphertext: String, place: Place },
    /// Draw a sender key and give its distribution.
    Distribute { group: GroupId },
    /// Take a distribution.
    Accept {
        distribution: String,
        from: DeviceAddress,
        identity_key: IdentityKey,
    },
    /// Tell the safety number of two people.
    Safety { us: Person, them: Person },
}

/// Is a context as JSON.
#[derive(Deserialize)]
struct Place {
    from: DeviceAddress,
    to: Option<DeviceAddress>,
    group: Option<GroupId>,
    message_id: MessageId,
}

#[derive(Deserialize)]
struct Person {
    user_id: UserId,
    keys: Vec<IdentityKey>,
}

/// Is the device, with one of each that it can have.
struct Peer {
    me: Identity,
    signed: SignedPrekeySecret,
    one_time: OneTimePrekeySecret,
    kem: KemPrekeySecret,
    last_resort: KemPrekeySecret,
    session: Option<Session>,
    sender_key: Option<SenderKey>,
    receiver: Option<SenderKeyReceiver>,
}

fn main() -> Result<(), Failure> {
    let mut peer = Peer::new()?;
    for line in std::io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?)
            .map_err(Failure::from)
            .and_then(|command| peer.run(command))
            .unwrap_or_else(|error| json!({"error": error.to_string()}));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

impl Peer {
    fn new() -> Result<Self, Failure> {
        let mut ids = KeyIds::default();
        Ok(Self {
            me: Identity::draw()?,
            signed: SignedPrekeySecret::draw(&mut ids)?,
            one_time: OneTimePrekeySecret::draw(&mut ids)?,
            kem: KemPrekeySecret::draw(&mut ids, KemUse::OneTime)?,
            last_resort: KemPrekeySecret::draw(&mut ids, KemUse::LastResort)?,
            session: None,
            sender_key: None,
            receiver: None,
        })
    }

    fn run(&mut self, command: Command) -> Result<Value, Failure> {
        match command {
            Command::Bundle { one_time } => Ok(serde_json::to_value(self.bundle(one_time))?),
            Command::Initiate { bundle } => {
                self.session = Some(Session::initiate(&self.me, &bundle)?);
                Ok(json!({"identity_key": self.me.public()}))
            }
            Command::Encrypt { content, place } => self.encrypt(&content, &place.into()),
            Command::Decrypt { ciphertext, place } => self.decrypt(&ciphertext, &place.into()),
            Command::Distribute { group } => {
                let key = self.sender_key.insert(SenderKey::draw(group, 0));
                Ok(json!({"distribution": BASE64.encode(key.distribution())}))
            }
            Command::Accept {
                distribution,
                from,
                identity_key,
            } => {
                let distribution = BASE64.decode(distribution)?;
                self.receiver = Some(SenderKeyReceiver::accept(
                    &distribution,
                    from,
                    identity_key,
                )?);
                Ok(json!({}))
            }
            Command::Safety { us, them } => {
                let number =
                    SafetyNumber::new((&us.user_id, &us.keys), (&them.user_id, &them.keys))?;
                Ok(json!({"digits": number.digits(), "qr": BASE64.encode(number.qr())}))
            }
        }
    }

    fn bundle(&self, one_time: bool) -> PrekeyBundle {
        let kem = if one_time {
            &self.kem
        } else {
            &self.last_resort
        };
        PrekeyBundle {
            device_id: DeviceId::PRIMARY,
            registration_id: 1,
            identity_key: self.me.public().clone(),
            signed_prekey: self.signed.public(&self.me),
            one_time_prekey: one_time.then(|| self.one_time.public()),
            kem_prekey: kem.public(&self.me),
        }
    }

    fn encrypt(&mut self, content: &str, context: &Context) -> Result<Value, Failure> {
        let content = BASE64.decode(content)?;
        let ciphertext = if let Recipient::Group(_) = context.to {
            let key = self.sender_key.as_ref().ok_or("no sender key")?;
            let encrypted = key.encrypt(&content, context)?;
            self.sender_key = Some(encrypted.sender_key);
            encrypted.ciphertext
        } else {
            let session = self.session.as_ref().ok_or("no session")?;
            let encrypted = session.encrypt(&content, context)?;
            self.session = Some(encrypted.session);
            encrypted.ciphertext
        };
        Ok(json!({"ciphertext": ciphertext.to_string()}))
    }

    fn decrypt(&mut self, ciphertext: &str, context: &Context) -> Result<Value, Failure> {
        let content = match (ciphertext.parse()?, self.session.take()) {
            (Ciphertext::First(first), None) => {
                let with_one_time = first.header().one_time_prekey_id().is_some();
                let secrets = self.secrets(with_one_time);
                let joined = Session::respond(&self.me, secrets, &first, context)?;
                self.session = Some(joined.session);
                joined.content
            }
            (Ciphertext::First(first), Some(session)) => {
                let heard = session.decrypt_repeated(&self.me, &first, context);
                self.keep(session, heard)?
            }
            (Ciphertext::Session(message), Some(session)) => {
                let heard = session.decrypt(&message, context);
                self.keep(session, heard)?
            }
            (Ciphertext::Group(message), session) => {
                self.session = session;
                let receiver = self.receiver.as_mut().ok_or("no sender key")?;
                receiver.decrypt(&message, context)?.content
            }
            (Ciphertext::Session(_), None) => return Err("no session".into()),
        };
        Ok(json!({"content": BASE64.encode(content)}))
    }

    /// Keeps the session that has stepped, or the one before.
    fn keep(
        &mut self,
        before: Session,
        heard: Result<Decrypted, DecryptError>,
    ) -> Result<Vec<u8>, Failure> {
        match heard {
            Ok(decrypted) => {
                self.session = Some(decrypted.session);
                Ok(decrypted.content)
            }
            Err(error) => {
                self.session = Some(before);
                Err(error.into())
            }
        }
    }

    fn secrets(&self, with_one_time: bool) -> PrekeySecrets<'_> {
        let kem = if with_one_time {
            &self.kem
        } else {
            &self.last_resort
        };
        PrekeySecrets {
            signed: &self.signed,
            one_time: with_one_time.then_some(&self.one_time),
            kem,
        }
    }
}

impl From<Place> for Context {
    /// A place that names neither a group nor a recipient is the sender's own.
    fn from(place: Place) -> Self {
        let to = match (place.group, place.to) {
            (Some(group), _) => Recipient::Group(group),
            (None, Some(device)) => Recipient::Device(device),
            (None, None) => Recipient::Device(place.from.clone()),
        };
        Self {
            from: place.from,
            to,
            message_id: place.message_id,
        }
    }
}
