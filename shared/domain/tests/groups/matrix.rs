//! Who may do what: every action by everybody, and the table of it in `docs/groups.md`.

use crate::world::{World, block, create, group_id, id, ids, people};
use heliograph_domain::Address;
use heliograph_domain::usecases::groups::{self, GroupError};
use heliograph_protocol::reply::{DeliveryStatus, SendOutcome};
use heliograph_protocol::request::{
    GroupsDemote, GroupsInvite, GroupsJoin, GroupsLeave, GroupsList, GroupsPromote, GroupsRemove,
    GroupsRevokeInvite, GroupsUpdate, ReceiptStatus, Recipient, Status, StatusQuery,
};
use heliograph_protocol::{ErrorBody, ErrorCode, MessageId};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Admin,
    Member,
    Removed,
    Stranger,
    /// A member whom everybody else has blocked.
    Blocked,
}

const EVERYBODY: [Who; 5] = [
    Who::Admin,
    Who::Member,
    Who::Removed,
    Who::Stranger,
    Who::Blocked,
];

/// A group of an admin, two members and a blocked one, from which one was removed.
struct Cast {
    world: World,
    by: Address,
    /// A member that no row is about.
    other: Address,
    invite: String,
    /// What the removed one sent before.
    sent: Option<MessageId>,
}

impl Cast {
    async fn of(who: Who) -> Self {
        // The last two are the stranger, and one who is nobody's acquaintance.
        let (stage, people) = people(7).await;
        create(&stage, &people[0], &group_id(1), &people[1..5])
            .await
            .unwrap();
        let world = World {
            stage,
            people,
            group_id: group_id(1),
        };
        let [admin, member, blocked, removed, other, stranger, _] = &world.people[..] else {
            panic!()
        };
        let (app, cx) = (&world.stage.app, world.stage.app.context());
        for person in [admin, member, other, stranger] {
            block(&world.stage, person, blocked).await;
        }
        let (sent, ..) = world.send(removed, "Zm9v").await;
        let remove = GroupsRemove {
            id: id(),
            group_id: group_id(1),
            user_ids: vec![removed.user_id.clone()],
            expected_epoch: None,
        };
        groups::remove(app, &cx, admin, remove).await.unwrap();
        let invite = GroupsInvite {
            id: id(),
            group_id: group_id(1),
            expires_in_s: 60,
            max_uses: 1,
        };
        let invite = groups::invite(app, &cx, admin, invite).await.unwrap();
        world.stage.work().await.unwrap();
        for person in &world.people {
            world.drain(person).await;
        }
        let by = match who {
            Who::Admin => admin,
            Who::Member => member,
            Who::Removed => removed,
            Who::Stranger => stranger,
            Who::Blocked => blocked,
        };
        Self {
            by: by.clone(),
            other: other.clone(),
            invite: invite.invite,
            sent: (who == Who::Removed).then_some(sent),
            world,
        }
    }

    /// Lets the asker write; answers what became of it.
    async fn write(&self, is_ephemeral: bool) -> String {
        let mut message = self.world.message("Zm9v");
        message.ephemeral = is_ephemeral;
        let (sent, _) = self.world.stage.send_all(&self.by, vec![message]).await;
        match &sent.results[0].outcome {
            SendOutcome::Accepted { .. } => "yes".to_owned(),
            SendOutcome::Refused { error } => code(error.code),
        }
    }

    /// Lets an admin say that only admins may write.
    async fn announce_only(&self) {
        let update = GroupsUpdate {
            id: id(),
            group_id: group_id(1),
            name: None,
            photo_media_id: None,
            announce_only: Some(true),
            expected_epoch: None,
        };
        let (app, admin) = (&self.world.stage.app, &self.world.people[0]);
        let made = groups::update(app, &app.context(), admin, update).await;
        made.unwrap();
    }
}

fn code(code: ErrorCode) -> String {
    let name = match code {
        ErrorCode::NotFound => "not_found",
        ErrorCode::Forbidden => "forbidden",
        other => panic!("nothing here is answered by {other:?}"),
    };
    format!("`{name}`")
}

fn answer<T>(result: Result<T, GroupError>) -> String {
    match result {
        Ok(_) => "yes".to_owned(),
        Err(error) => code(ErrorBody::from(&error).code),
    }
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

/// What can be done, as the document calls it.
const ACTIONS: [&str; 20] = [
    "`groups.create`",
    "`groups.get`",
    "`groups.list` names it",
    "`groups.update`",
    "`groups.add`",
    "`groups.add` of one who has blocked them",
    "`groups.remove`",
    "`groups.leave`",
    "`groups.promote`",
    "`groups.demote`",
    "`groups.invite`",
    "`groups.revoke_invite`",
    "`groups.join`",
    "`send`",
    "`send` while `announce_only`",
    "`send` of what is `ephemeral`",
    "… which others get",
    "gets what others send",
    "its receipts are shown to the sender",
    "`status` of what they sent",
];

/// Does it; answers what became of it.
async fn act(action: &str, cast: &Cast) -> String {
    let (by, world) = (&cast.by, &cast.world);
    let (app, cx) = (&world.stage.app, world.stage.app.context());
    let group_id = group_id(1);
    let other = cast.other.user_id.clone();
    let (id, expected_epoch) = (id(), None);
    match action {
        "`groups.create`" => {
            answer(create(&world.stage, by, &super::world::group_id(2), &[]).await)
        }
        "`groups.get`" => answer(world.get(by).await),
        "`groups.list` names it" => {
            let (after, limit) = (None, 50);
            let list = groups::list(app, &cx, by, GroupsList { id, after, limit });
            yes_or_no(!list.await.unwrap().groups.is_empty())
        }
        "`groups.update`" => {
            let request = GroupsUpdate {
                id,
                group_id,
                name: Some("Renamed".to_owned()),
                photo_media_id: None,
                announce_only: None,
                expected_epoch,
            };
            answer(groups::update(app, &cx, by, request).await)
        }
        "`groups.add`" => answer(world.add(by, &world.people[6..]).await),
        "`groups.add` of one who has blocked them" => {
            // The stranger has blocked the blocked one, and nobody else.
            if *by == world.people[2] {
                promote_blocked(world).await;
            }
            let added = world.add(by, &world.people[5..6]).await;
            match added {
                Ok(ok) if ok.not_added == ids(&world.people[5..6]) => "left out".to_owned(),
                added => answer(added),
            }
        }
        "`groups.remove`" => {
            let request = GroupsRemove {
                id,
                group_id,
                user_ids: vec![other],
                expected_epoch,
            };
            answer(groups::remove(app, &cx, by, request).await)
        }
        "`groups.leave`" => answer(groups::leave(app, &cx, by, GroupsLeave { id, group_id }).await),
        "`groups.promote`" => {
            let request = GroupsPromote {
                id,
                group_id,
                user_id: other,
                expected_epoch,
            };
            answer(groups::promote(app, &cx, by, request).await)
        }
        "`groups.demote`" => {
            let request = GroupsDemote {
                id,
                group_id,
                user_id: other,
                expected_epoch,
            };
            answer(groups::demote(app, &cx, by, request).await)
        }
        "`groups.invite`" => {
            let request = GroupsInvite {
                id,
                group_id,
                expires_in_s: 60,
                max_uses: 1,
            };
            answer(groups::invite(app, &cx, by, request).await)
        }
        "`groups.revoke_invite`" => {
            let request = GroupsRevokeInvite {
                id,
                group_id,
                invite: cast.invite.clone(),
            };
            answer(groups::revoke_invite(app, &cx, by, request).await)
        }
        "`groups.join`" => {
            let invite = cast.invite.clone();
            answer(groups::join(app, &cx, by, GroupsJoin { id, invite }).await)
        }
        "`send`" => cast.write(false).await,
        "`send` while `announce_only`" => {
            cast.announce_only().await;
            cast.write(false).await
        }
        "`send` of what is `ephemeral`" => cast.write(true).await,
        "… which others get" => {
            let socket = world.stage.connect(&cast.other).await.unwrap();
            cast.write(true).await;
            let got = world.stage.sockets.got(&socket).messages();
            yes_or_no(!got.is_empty())
        }
        "gets what others send" => {
            world.send(&cast.other, "Zm9v").await;
            world.stage.work().await.unwrap();
            yes_or_no(!world.drain(by).await.messages.is_empty())
        }
        "its receipts are shown to the sender" => {
            let socket = world.stage.connect(&cast.other).await.unwrap();
            world.send(&cast.other, "Zm9v").await;
            world.stage.work().await.unwrap();
            let got = world.waits(by).await.messages;
            let tokens: Vec<String> = got.into_iter().map(|it| it.ack_token).collect();
            if !tokens.is_empty() {
                let acked = world.stage.ack(by, ReceiptStatus::Delivered, tokens);
                acked.await.unwrap();
            }
            world.stage.work().await.unwrap();
            let told = world.stage.sockets.got(&socket).receipts();
            yes_or_no(told.iter().any(|it| it.by_user_id == by.user_id))
        }
        "`status` of what they sent" => {
            // The removed one's was sent before.
            let message_id = cast.sent.unwrap_or(world.send(by, "Zm9v").await.0);
            let to = Recipient::Group(group_id);
            let request = Status::new(id, vec![StatusQuery { message_id, to }]);
            let status = heliograph_domain::usecases::status(app, &cx, by, request);
            let status = status.await.unwrap().statuses[0].status;
            yes_or_no(status != DeliveryStatus::Unknown)
        }
        other => panic!("{other}"),
    }
}

/// Who has blocked somebody is asked only when an admin adds them.
async fn promote_blocked(world: &World) {
    let request = GroupsPromote {
        id: id(),
        group_id: group_id(1),
        user_id: world.people[2].user_id.clone(),
        expected_epoch: None,
    };
    let (app, admin) = (&world.stage.app, &world.people[0]);
    let made = groups::promote(app, &app.context(), admin, request).await;
    made.unwrap();
}

#[tokio::test]
async fn the_documents_table_is_what_happens() {
    let mut table = String::from(
        "| | admin | member | removed | stranger | blocked |\n|---|---|---|---|---|---|\n",
    );
    for action in ACTIONS {
        table.push_str(&format!("| {action} |"));
        for who in EVERYBODY {
            let cast = Cast::of(who).await;
            table.push_str(&format!(" {} |", act(action, &cast).await));
        }
        table.push('\n');
    }
    let document = include_str!("../../../../docs/groups.md");
    let (_, documented) = document.split_once("<!-- table -->\n\n").unwrap();
    let (documented, _) = documented.split_once("\n\n").unwrap_or((documented, ""));
    assert_eq!(documented.trim_end(), table.trim_end(), "it is:\n{table}");
}
