//! Alice, who has done everything that leaves a row somewhere, and those whom she did it with.

use heliograph_domain::Address;
use heliograph_domain::app::Limits;
use heliograph_domain::ports::ConnectionId;
use heliograph_domain::store::Table;
use heliograph_domain::testing::stage::Stage;
use heliograph_domain::usecases::{self, groups, media, people};
use heliograph_protocol::http::PhoneNumber;
use heliograph_protocol::media::{MediaId, MediaKind, Sha256, Upload};
use heliograph_protocol::people::Audience;
use heliograph_protocol::request::{
    BlocksPut, ContactsPut, GroupsCreate, GroupsInvite, MediaUpload, NewContact, OutgoingMessage,
    PrivacySet, ProfileSet, PushRegister, PushTarget, ReceiptStatus, Recipient, Who,
};
use heliograph_protocol::{GroupId, RequestId};
use sha2::Digest;

pub(crate) const NUMBER: &str = "+46700000001";

pub(crate) fn id() -> RequestId {
    RequestId::from(1)
}

/// A stage with Alice, Bob and Carol on it.
pub(crate) async fn three() -> (Stage, [Address; 3]) {
    let mut stage = Stage::new(1).unwrap();
    stage.app.limits = Limits::default().without_registration_limits();
    let mut people = Vec::new();
    for number in [NUMBER, "+46700000002", "+46700000003"] {
        people.push(stage.register(number).await.unwrap().0);
    }
    stage.clock.advance(1000);
    (stage, people.try_into().unwrap())
}

/// What Alice had when she went.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) alice: Address,
    pub(crate) laptop: Address,
    pub(crate) bob: Address,
    pub(crate) socket: ConnectionId,
    pub(crate) link_token: String,
}

impl World {
    /// Every table has a row of Alice's, or one that was made for her.
    pub(crate) async fn full() -> Self {
        let (stage, [alice, bob, carol]) = three().await;
        let laptop = stage.link(&alice).await.unwrap();
        let photo = upload(&stage, &alice).await;
        introduce(&stage, &alice, &photo).await;
        know(&stage, &alice, &bob, "+46700000002").await;
        know(&stage, &bob, &alice, NUMBER).await;
        block(&stage, &alice, &carol).await;
        block(&stage, &carol, &alice).await;
        for device in [&alice, &laptop] {
            wake(&stage, device).await;
        }
        meet(&stage, &alice, &bob).await;
        // Her phone comes, is watched, and goes: a lease that nobody needs is noted still.
        let other = stage.connect(&bob).await.unwrap();
        let phone = stage.connect(&alice).await.unwrap();
        stage.watch(&bob, &other, &alice).await.unwrap();
        stage.watch(&alice, &phone, &bob).await.unwrap();
        stage.work().await.unwrap();
        stage.clock.advance(1000);
        stage.disconnect(&alice, &phone).await.unwrap();
        stage.work().await.unwrap();
        // What waits for her, and is rung for; what she has sent and read.
        send(&stage, &bob, &alice).await;
        stage.work().await.unwrap();
        send(&stage, &alice, &carol).await;
        send(&stage, &alice, &bob).await;
        let page = stage.sync(&laptop, None).await.unwrap().0;
        let tokens = vec![page.messages[0].ack_token.clone()];
        stage.disconnect(&bob, &other).await.unwrap();
        let read = stage.ack(&laptop, ReceiptStatus::Read, tokens).await;
        read.unwrap();
        let socket = stage.connect(&laptop).await.unwrap();
        stage.watch(&laptop, &socket, &bob).await.unwrap();
        stage.work().await.unwrap();
        let cx = stage.app.context();
        let token = usecases::link_token(&stage.app, &cx, &alice).await;
        let link_token = token.unwrap().link_token;
        Self {
            stage,
            alice,
            laptop,
            bob,
            socket,
            link_token,
        }
    }

    /// How many rows a table has.
    pub(crate) fn rows(&self, table: Table) -> usize {
        self.stage.store.inner.count(table)
    }
}

async fn upload(stage: &Stage, by: &Address) -> MediaId {
    let bytes = b"a photo";
    let request = MediaUpload {
        id: id(),
        size: bytes.len() as u64,
        sha256: Sha256(sha2::Sha256::digest(bytes).into()),
        kind: MediaKind::Image,
        multipart: false,
        parts_sha256: Vec::new(),
    };
    let signed = media::upload(&stage.app, &stage.app.context(), by, request).await;
    let signed = signed.unwrap();
    let put = match signed.upload {
        Upload::Whole(put) => Some(put),
        Upload::Parts { .. } => None,
    };
    stage.files.put(&put.unwrap(), bytes).unwrap();
    signed.media_id
}

/// Says who somebody is, and who may see what.
async fn introduce(stage: &Stage, by: &Address, photo: &MediaId) {
    let said = ProfileSet {
        id: id(),
        username: Some("Alice".to_owned()),
        about: Some("at sea".to_owned()),
        photo_media_id: Some(photo.as_str().to_owned()),
    };
    let cx = stage.app.context();
    people::set_profile(&stage.app, &cx, by, said)
        .await
        .unwrap();
    set_last_seen(stage, by, Audience::Everyone).await;
    // The photo is kept.
    usecases::sweep(&stage.app, &cx).await.unwrap();
}

/// Lets so many see when somebody was last there.
pub(crate) async fn set_last_seen(stage: &Stage, by: &Address, audience: Audience) {
    let set = PrivacySet {
        id: id(),
        last_seen: Some(audience),
        online: None,
        read_receipts: None,
        photo: None,
        group_add: None,
    };
    let cx = stage.app.context();
    people::set_privacy(&stage.app, &cx, by, set).await.unwrap();
}

async fn know(stage: &Stage, by: &Address, other: &Address, number: &str) {
    let number: PhoneNumber = number.parse().unwrap();
    let contact = |who| NewContact {
        who,
        name: Some("a friend".to_owned()),
    };
    let request = ContactsPut {
        id: id(),
        contacts: vec![
            contact(Who::Number(number)),
            contact(Who::User(other.user_id.clone())),
        ],
    };
    let cx = stage.app.context();
    people::put_contacts(&stage.app, &cx, by, request)
        .await
        .unwrap();
}

async fn block(stage: &Stage, by: &Address, other: &Address) {
    let request = BlocksPut {
        id: id(),
        user_id: other.user_id.clone(),
    };
    let cx = stage.app.context();
    people::block(&stage.app, &cx, by, request).await.unwrap();
}

async fn wake(stage: &Stage, device: &Address) {
    let request = PushRegister {
        id: id(),
        target: PushTarget::Apns {
            token: device.to_string(),
        },
    };
    let cx = stage.app.context();
    let registered = usecases::register_push(&stage.app, &cx, device, request).await;
    registered.unwrap();
}

/// A group of two, an invite to it, and a message from each, which only one has read.
async fn meet(stage: &Stage, alice: &Address, bob: &Address) {
    let group_id: GroupId = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    make_group(stage, alice, &group_id, &[bob]).await;
    let cx = stage.app.context();
    let invite = GroupsInvite {
        id: id(),
        group_id: group_id.clone(),
        expires_in_s: 3600,
        max_uses: 5,
    };
    let invited = groups::invite(&stage.app, &cx, alice, invite).await;
    invited.unwrap();
    for from in [alice, bob] {
        let message = OutgoingMessage {
            to: Recipient::Group(group_id.clone()),
            ..OutgoingMessage::new(stage.message_id().unwrap(), bob.user_id.clone(), "aGk")
        };
        stage.send_all(from, vec![message]).await;
    }
    stage.work().await.unwrap();
}

/// Makes a group of somebody and others.
pub(crate) async fn make_group(stage: &Stage, by: &Address, id: &GroupId, others: &[&Address]) {
    let request = GroupsCreate {
        id: self::id(),
        group_id: id.clone(),
        name: "Friday".to_owned(),
        photo_media_id: None,
        announce_only: false,
        member_ids: others.iter().map(|it| it.user_id.clone()).collect(),
    };
    let made = groups::create(&stage.app, &stage.app.context(), by, request).await;
    assert_eq!(made.unwrap().not_added, []);
}

pub(crate) async fn send(stage: &Stage, from: &Address, to: &Address) {
    let id = stage.message_id().unwrap();
    stage.send(from, to, id, "aGk").await;
}

/// What nobody can be writing for any more is removed for good.
pub(crate) async fn sweep(stage: &Stage) {
    stage.clock.advance(30_000);
    let cx = stage.app.context();
    usecases::sweep(&stage.app, &cx).await.unwrap();
    stage.work().await.unwrap();
}
