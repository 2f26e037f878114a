//! Measures encryption, a line of JSON for each figure: `name`, `unit`, `value` (the median), `best`,
//! `runs` and the `target`. Times are CPU time of this thread, so that a busy machine blurs them less.
//!
//! Targets are chosen here: round figures, above what a machine of 2 cores took when this was written (15 µs for a
//! message in a session, 0.37 and 0.29 ms to begin and to join one, 98 ms for the group, 15 µs for a message to it).
//!
//! Run as `cargo run --release -p heliograph-client --example e2ee_bench`.

use heliograph_client::DeviceAddress;
use heliograph_client::e2ee::group::{SenderKey, SenderKeyReceiver};
use heliograph_client::e2ee::pqxdh::PrekeySecrets;
use heliograph_client::e2ee::prekeys::{
    KemPrekeySecret, KemUse, KeyIds, OneTimePrekeySecret, SignedPrekeySecret,
};
use heliograph_client::e2ee::{Ciphertext, Context, Identity, Recipient, SafetyNumber, Session};
use heliograph_protocol::keys::PrekeyBundle;
use heliograph_protocol::{DeviceId, MessageId};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

const RUNS: usize = 9;
const CONTENT: [u8; 200] = [7; 200];
const MEMBERS: usize = 255;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let (alice, bob) = (Device::new()?, Device::new()?);
    messages(&alice, &bob)?;
    first_messages(&alice, &bob)?;
    groups(&alice)?;
    measure("safety_number", 1, None, || {
        let (us, them) = ("alice".parse()?, "bob".parse()?);
        let ours = [alice.me.public().clone()];
        let theirs = [bob.me.public().clone()];
        black_box(SafetyNumber::new((&us, &ours), (&them, &theirs))?);
        Ok(())
    })
}

/// A message of 200 bytes in a session: padded, bound, encrypted, read from its text and decrypted.
fn messages(alice: &Device, bob: &Device) -> Result<(), Failure> {
    let (mut alices, mut bobs) = talking(alice, bob)?;
    let here = place(Recipient::Device(device("bob")?))?;
    let mut sizes = (0, 0);
    measure("message_200_bytes", 1_000, Some(25.0), || {
        let encrypted = alices.encrypt(&CONTENT, &here)?;
        alices = encrypted.session;
        let Ciphertext::Session(message) = &encrypted.ciphertext else {
            return Err("first message".into());
        };
        bobs = bobs.decrypt(message, &here)?.session;
        Ok(())
    })?;
    measure("message_200_bytes_and_text", 1_000, None, || {
        let encrypted = alices.encrypt(&CONTENT, &here)?;
        alices = encrypted.session;
        let text = encrypted.ciphertext.to_string();
        let Ciphertext::Session(message) = text.parse()? else {
            return Err("first message".into());
        };
        bobs = bobs.decrypt(&message, &here)?.session;
        sizes.0 = text.len();
        Ok(())
    })?;
    sizes.1 = serde_json::to_vec(&bobs.pickle())?.len();
    tell_size("message_200_bytes_text", sizes.0)?;
    tell_size("session_pickle_json", sizes.1)
}

/// What a session costs that is begun: for whom begins, and for whom joins.
fn first_messages(alice: &Device, bob: &Device) -> Result<(), Failure> {
    let bundle = bob.bundle();
    let here = place(Recipient::Device(device("bob")?))?;
    let mut text = String::new();
    measure("first_message_send", 50, Some(2_000.0), || {
        let session = Session::initiate(&alice.me, &bundle)?;
        text = session.encrypt(&CONTENT, &here)?.ciphertext.to_string();
        Ok(())
    })?;
    measure("first_message_receive", 50, Some(2_000.0), || {
        let Ciphertext::First(first) = text.parse()? else {
            return Err("no first message".into());
        };
        black_box(Session::respond(&bob.me, bob.secrets(), &first, &here)?);
        Ok(())
    })?;
    tell_size("first_message_200_bytes_text", text.len())?;
    measure("one_time_keys_pair", 20, None, || {
        let mut ids = KeyIds::default();
        black_box(OneTimePrekeySecret::draw(&mut ids)?.public());
        black_box(KemPrekeySecret::draw(&mut ids, KemUse::OneTime)?.public(&bob.me));
        Ok(())
    })
}

/// A group of 256 of whom nobody is known, and a message to it.
fn groups(alice: &Device) -> Result<(), Failure> {
    let members = (0..MEMBERS).map(|_| Device::new().map(|device| device.bundle()));
    let members = members.collect::<Result<Vec<PrekeyBundle>, Failure>>()?;
    let there = place(Recipient::Device(device("bob")?))?;
    let mut key = SenderKey::draw("group".parse()?, 0);
    measure("group_256_cold", 1, Some(200_000.0), || {
        key = SenderKey::draw("group".parse()?, 0);
        let distribution = key.distribution();
        for member in &members {
            let session = Session::initiate(&alice.me, member)?;
            black_box(
                session
                    .encrypt(&distribution, &there)?
                    .ciphertext
                    .to_string(),
            );
        }
        Ok(())
    })?;
    let here = place(Recipient::Group("group".parse()?))?;
    let (from, identity) = (here.from.clone(), alice.me.public().clone());
    let mut receiver = SenderKeyReceiver::accept(&key.distribution(), from, identity)?;
    let mut text = String::new();
    measure("group_message_send", 100, Some(50.0), || {
        let encrypted = key.encrypt(&CONTENT, &here)?;
        key = encrypted.sender_key;
        text = encrypted.ciphertext.to_string();
        Ok(())
    })?;
    let Ciphertext::Group(message) = text.parse()? else {
        return Err("no message to a group".into());
    };
    measure("group_message_receive", 100, None, || {
        black_box(receiver.decrypt(&message, &here)?);
        Ok(())
    })?;
    tell_size("group_message_200_bytes_text", text.len())
}

struct Device {
    me: Identity,
    signed: SignedPrekeySecret,
    one_time: OneTimePrekeySecret,
    kem: KemPrekeySecret,
}

impl Device {
    fn new() -> Result<Self, Failure> {
        let mut ids = KeyIds::default();
        Ok(Self {
            me: Identity::draw()?,
            signed: SignedPrekeySecret::draw(&mut ids)?,
            one_time: OneTimePrekeySecret::draw(&mut ids)?,
            kem: KemPrekeySecret::draw(&mut ids, KemUse::OneTime)?,
        })
    }

    fn bundle(&self) -> PrekeyBundle {
        PrekeyBundle {
            device_id: DeviceId::PRIMARY,
            registration_id: 1,
            identity_key: self.me.public().clone(),
            signed_prekey: self.signed.public(&self.me),
            one_time_prekey: Some(self.one_time.public()),
            kem_prekey: self.kem.public(&self.me),
        }
    }

    fn secrets(&self) -> PrekeySecrets<'_> {
        PrekeySecrets {
            signed: &self.signed,
            one_time: Some(&self.one_time),
            kem: &self.kem,
        }
    }
}

/// Two sessions in the middle of a conversation.
fn talking(alice: &Device, bob: &Device) -> Result<(Session, Session), Failure> {
    let here = place(Recipient::Device(device("bob")?))?;
    let begun = Session::initiate(&alice.me, &bob.bundle())?.encrypt(b"hello", &here)?;
    let Ciphertext::First(first) = &begun.ciphertext else {
        return Err("no first message".into());
    };
    let joined = Session::respond(&bob.me, bob.secrets(), first, &here)?;
    let answer = joined.session.encrypt(b"hello yourself", &here)?;
    let Ciphertext::Session(message) = &answer.ciphertext else {
        return Err("first message".into());
    };
    let alices = begun.session.decrypt(message, &here)?.session;
    Ok((alices, answer.session))
}

fn device(user: &str) -> Result<DeviceAddress, Failure> {
    Ok(DeviceAddress {
        user_id: user.parse()?,
        device_id: DeviceId::PRIMARY,
    })
}

fn place(to: Recipient) -> Result<Context, Failure> {
    Ok(Context {
        from: device("alice")?,
        to,
        message_id: MessageId::new(1, &[0; 10]),
    })
}

/// Tells how many microseconds one of `times` takes, the median of several runs.
fn measure(
    name: &str,
    times: u32,
    target: Option<f64>,
    mut step: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    step()?;
    let mut runs = [0.0; RUNS];
    for run in &mut runs {
        let begun = cpu_time();
        for _ in 0..times {
            step()?;
        }
        *run = (cpu_time() - begun).as_secs_f64() * 1e6 / f64::from(times);
    }
    runs.sort_by(f64::total_cmp);
    let (value, best) = (runs[RUNS / 2], runs[0]);
    let target = target.map_or("null".to_owned(), |target| format!("{target:.1}"));
    let line = format!(
        r#"{{"name":"{name}","unit":"µs","value":{value:.1},"best":{best:.1},"runs":{RUNS},"target":{target}}}"#
    );
    writeln!(std::io::stdout(), "{line}").map_err(Into::into)
}

fn tell_size(name: &str, bytes: usize) -> Result<(), Failure> {
    let line = format!(r#"{{"name":"{name}","unit":"bytes","value":{bytes}}}"#);
    writeln!(std::io::stdout(), "{line}").map_err(Into::into)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
