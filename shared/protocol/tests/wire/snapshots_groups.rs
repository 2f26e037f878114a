//! The wire form of each type about groups, as it is today.

use heliograph_protocol::{
    event::Event,
    reply::{self, SendOk, SendResult},
    request::Request,
};
use insta::{assert_debug_snapshot, assert_snapshot};

use crate::samples::*;

#[test]
fn requests() {
    assert_snapshot!("request_groups_create", groups_create().to_json());
    assert_snapshot!("request_groups_create_bare", groups_create_bare().to_json());
    assert_snapshot!("request_groups_get", groups_get().to_json());
    assert_snapshot!("request_groups_list", groups_list().to_json());
    assert_snapshot!("request_groups_update", groups_update().to_json());
    assert_snapshot!("request_groups_add", groups_add().to_json());
    assert_snapshot!("request_groups_remove", groups_remove().to_json());
    assert_snapshot!("request_groups_leave", groups_leave().to_json());
    assert_snapshot!("request_groups_promote", groups_promote().to_json());
    assert_snapshot!("request_groups_demote", groups_demote().to_json());
    assert_snapshot!("request_groups_invite", groups_invite().to_json());
    assert_snapshot!("request_groups_join", groups_join().to_json());
    assert_snapshot!(
        "request_groups_revoke_invite",
        groups_revoke_invite().to_json()
    );
}

#[test]
fn replies() {
    assert_snapshot!("reply_groups_create", reply::ok("7", &groups_create_ok()));
    assert_snapshot!("reply_groups_get", reply::ok("7", &whole_group()));
    assert_snapshot!("reply_groups_list", reply::ok("7", &groups_list_ok()));
    assert_snapshot!("reply_groups_add", reply::ok("7", &groups_add_ok()));
    assert_snapshot!("reply_groups", reply::ok("7", &groups_ok()));
    assert_snapshot!("reply_groups_invite", reply::ok("7", &groups_invite_ok()));
    let sent = SendOk {
        results: vec![SendResult::accepted_in_group(message_id(1), NOW, 42)],
    };
    assert_snapshot!("reply_send_to_group", reply::ok("7", &sent));
}

#[test]
fn events_of_each_change() {
    for (name, change) in group_changes() {
        let json = Event::Group(group_event(change)).to_json();
        assert_snapshot!(format!("event_group_{name}"), json);
    }
}

#[test]
fn debug_output_keeps_what_members_say_and_invites() {
    assert_debug_snapshot!("debug_groups_create", groups_create());
    assert_debug_snapshot!("debug_groups_create_ok", groups_create_ok());
    assert_debug_snapshot!("debug_groups_list_ok", groups_list_ok());
    assert_debug_snapshot!("debug_groups_update", groups_update());
    assert_debug_snapshot!("debug_groups_invite_ok", groups_invite_ok());
    assert_debug_snapshot!("debug_groups_join", groups_join());
    assert_debug_snapshot!("debug_groups_revoke_invite", groups_revoke_invite());
    assert_debug_snapshot!("debug_event_group", group_events());
}
