//! What clients ask: a line for each request, by topic, and what ties it to its reply.

use anyhow::Result;
use heliograph_protocol::{
    groups::Group,
    people::Privacy,
    reply::{
        AckOk, BlocksListOk, ContactsListOk, ContactsPutOk, DevicesLinkOk, DevicesListOk, Empty,
        GroupsAddOk, GroupsCreateOk, GroupsInviteOk, GroupsListOk, GroupsOk, KeysFetchOk,
        KeysUploadOk, MediaCompleteOk, MediaDownloadOk, MediaUploadOk, PresenceSubscribeOk,
        ProfileGetOk, PushKeyOk, SendOk, StatusOk, SyncOk,
    },
    request::{
        Ack, BlocksList, BlocksPut, BlocksRemove, ContactsList, ContactsPut, ContactsRemove,
        DevicesLink, DevicesList, DevicesRemove, GroupsAdd, GroupsCreate, GroupsDemote, GroupsGet,
        GroupsInvite, GroupsJoin, GroupsLeave, GroupsList, GroupsPromote, GroupsRemove,
        GroupsRevokeInvite, GroupsUpdate, KeysFetch, KeysUpload, MediaComplete, MediaDelete,
        MediaDownload, MediaUpload, Ping, PresenceSubscribe, PresenceUnsubscribe, PrivacyGet,
        PrivacySet, ProfileGet, ProfileSet, PushKey, PushRegister, PushUnregister, Send, Status,
        Sync,
    },
};
use schemars::JsonSchema;

use super::Socket;
use crate::examples;

impl Socket<'_> {
    /// Describes what is about messages (protocol §2, §4, §5).
    pub(super) fn messaging(&mut self) -> Result<()> {
        let sent = "Sends 1 to 32 messages, in order; accepted means stored durably.";
        self.request(sent, &examples::send()?, &examples::send_ok()?)?;
        let acked = "Says that envelopes and receipts are on disk here, or seen by the person.";
        self.request(acked, &examples::ack(), &AckOk { acked: 1 })?;
        let synced = "Asks for what waits for this device, oldest first.";
        self.request(synced, &examples::sync(), &examples::sync_ok()?)?;
        let status = "Asks how far own messages got.";
        self.request(status, &examples::status()?, &examples::status_ok()?)?;
        let pinged = "Asks whether anybody is there, and keeps the connection from being idle.";
        self.request(pinged, &examples::ping(), &Empty {})
    }

    /// Describes what is about pre-keys and devices (protocol §6).
    pub(super) fn keys_and_devices(&mut self) -> Result<()> {
        let uploaded = "Hands over further public keys of this device.";
        let left = examples::keys_upload_ok();
        self.request(uploaded, &examples::keys_upload(), &left)?;
        let fetched = "Takes what a session with each device of a user begins with.";
        let bundles = examples::keys_fetch_ok();
        self.request(fetched, &examples::keys_fetch()?, &bundles)?;
        let listed = "Asks which devices a user has.";
        let devices = examples::devices_list_ok()?;
        self.request(listed, &examples::devices_list(), &devices)?;
        let linked = "Asks for a token that links one further device; from the primary device.";
        let token = examples::devices_link_ok();
        self.request(linked, &examples::devices_link(), &token)?;
        let removed = "Removes a device: its tokens, keys, inbox and connection go.";
        self.request(removed, &examples::devices_remove()?, &Empty {})
    }

    /// Describes what is about profiles, contacts, blocks and privacy (protocol §7).
    pub(super) fn people(&mut self) -> Result<()> {
        let set = "Changes the own profile; what is absent stays.";
        self.request(set, &examples::profile_set(), &Empty {})?;
        let got = "Asks for profiles.";
        let profiles = examples::profile_get_ok()?;
        self.request(got, &examples::profile_get()?, &profiles)?;
        let put = "Adds people to the own contacts, or changes what they are called.";
        let contacts = examples::contacts_put_ok()?;
        self.request(put, &examples::contacts_put()?, &contacts)?;
        let removed = "Takes people out of the own contacts.";
        self.request(removed, &examples::contacts_remove()?, &Empty {})?;
        let listed = "Reads the own contacts, page by page.";
        let page = examples::contacts_list_ok()?;
        self.request(listed, &examples::contacts_list(), &page)?;
        let blocked = "Blocks somebody, who is not told.";
        self.request(blocked, &examples::blocks_put()?, &Empty {})?;
        let unblocked = "Blocks somebody no longer.";
        self.request(unblocked, &examples::blocks_remove()?, &Empty {})?;
        let listed = "Reads whom the own user blocks, page by page.";
        let page = examples::blocks_list_ok()?;
        self.request(listed, &examples::blocks_list(), &page)?;
        let settings = examples::privacy();
        let set = "Changes the own privacy settings; what is absent stays.";
        self.request(set, &examples::privacy_set(), &settings)?;
        let got = "Asks for the own privacy settings.";
        self.request(got, &examples::privacy_get(), &settings)
    }

    /// Describes what is about presence and notifications (protocol §7).
    pub(super) fn presence_and_push(&mut self) -> Result<()> {
        let subscribed = "Asks how people are, and to be told of each change on this connection.";
        let presence = examples::presence_subscribe_ok()?;
        self.request(subscribed, &examples::presence_subscribe()?, &presence)?;
        let unsubscribed = "Asks not to be told of people's presence any more.";
        self.request(unsubscribed, &examples::presence_unsubscribe()?, &Empty {})?;
        let registered = "Asks to wake this device by notification when something urgent waits.";
        self.request(registered, &examples::push_register(), &Empty {})?;
        let unregistered = "Asks not to be woken any more.";
        self.request(unregistered, &examples::push_unregister(), &Empty {})?;
        let key = "Asks for the `applicationServerKey` of Web Push.";
        self.request(key, &examples::push_key(), &examples::push_key_ok())
    }

    /// Describes what is about groups (protocol §8).
    pub(super) fn groups(&mut self) -> Result<()> {
        let (group, changed) = (examples::whole_group()?, examples::groups_ok());
        let made = "Makes a group, whose admin is who asks.";
        let ok = examples::groups_create_ok()?;
        self.request(made, &examples::groups_create()?, &ok)?;
        let got = "Reads a group; for its members.";
        self.request(got, &examples::groups_get()?, &group)?;
        let listed = "Reads which groups the own user is in, page by page.";
        let page = examples::groups_list_ok()?;
        self.request(listed, &examples::groups_list(), &page)?;
        let updated = "Changes name, photo or who may write; for admins.";
        self.request(updated, &examples::groups_update()?, &changed)?;
        let added = "Adds people who may be added; for admins.";
        let ok = examples::groups_add_ok()?;
        self.request(added, &examples::groups_add()?, &ok)?;
        let removed = "Removes people; for admins.";
        self.request(removed, &examples::groups_remove()?, &changed)?;
        let left = "Leaves a group.";
        self.request(left, &examples::groups_leave()?, &Empty {})?;
        let promoted = "Makes a member an admin; for admins.";
        self.request(promoted, &examples::groups_promote()?, &changed)?;
        let demoted = "Makes an admin a member like others; for admins.";
        self.request(demoted, &examples::groups_demote()?, &changed)?;
        let invited = "Makes an invite, by which people join by themselves; for admins.";
        let invite = examples::groups_invite_ok();
        self.request(invited, &examples::groups_invite()?, &invite)?;
        let joined = "Joins a group by an invite.";
        self.request(joined, &examples::groups_join(), &group)?;
        let revoked = "Makes an invite useless; for admins.";
        self.request(revoked, &examples::groups_revoke_invite()?, &Empty {})
    }

    /// Describes what is about encrypted files (protocol §9).
    pub(super) fn media(&mut self) -> Result<()> {
        let signed = "Asks where to put a file, which is ciphertext.";
        let ok = examples::media_upload_ok()?;
        self.request(signed, &examples::media_upload(), &ok)?;
        let made = "Makes a file of its parts; for who uploads it.";
        let ok = examples::media_complete_ok();
        self.request(made, &examples::media_complete()?, &ok)?;
        let found = "Asks where a file is; for whoever knows its id.";
        let ok = examples::media_download_ok();
        self.request(found, &examples::media_download()?, &ok)?;
        let deleted = "Deletes a file; for who has uploaded it.";
        self.request(deleted, &examples::media_delete()?, &Empty {})
    }
}

/// Ties a request to what it is answered with.
pub(crate) trait Documented: JsonSchema {
    /// Is the `ok` of its reply.
    type Ok;
}

macro_rules! answered_with {
    ($($ok:ident: $($request:ident),+;)+) => { $($(
        impl Documented for $request {
            type Ok = $ok;
        }
    )+)+ };
}

answered_with! {
    SendOk: Send;
    AckOk: Ack;
    SyncOk: Sync;
    StatusOk: Status;
    KeysUploadOk: KeysUpload;
    KeysFetchOk: KeysFetch;
    DevicesListOk: DevicesList;
    DevicesLinkOk: DevicesLink;
    ProfileGetOk: ProfileGet;
    ContactsPutOk: ContactsPut;
    ContactsListOk: ContactsList;
    BlocksListOk: BlocksList;
    Privacy: PrivacySet, PrivacyGet;
    PresenceSubscribeOk: PresenceSubscribe;
    PushKeyOk: PushKey;
    GroupsCreateOk: GroupsCreate;
    Group: GroupsGet, GroupsJoin;
    GroupsListOk: GroupsList;
    GroupsAddOk: GroupsAdd;
    GroupsOk: GroupsUpdate, GroupsRemove, GroupsPromote, GroupsDemote;
    GroupsInviteOk: GroupsInvite;
    MediaUploadOk: MediaUpload;
    MediaCompleteOk: MediaComplete;
    MediaDownloadOk: MediaDownload;
    Empty: Ping, DevicesRemove, ProfileSet, ContactsRemove, BlocksPut, BlocksRemove,
        PresenceUnsubscribe, PushRegister, PushUnregister, GroupsLeave, GroupsRevokeInvite, MediaDelete;
}
