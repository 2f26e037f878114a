//! Whatever is asked for in whatever order: a group stays a group.

use super::*;
use proptest::prelude::*;

const NOW_MS: u64 = 1_764_000_000_000;

/// All of the same account: the rules do not look at it.
fn membership(id: u32) -> Membership {
    Membership {
        id,
        account_created_at: 1,
    }
}

fn person(n: u16) -> UserId {
    format!("person-{n}").parse().unwrap()
}

/// A group of so many, the first an admin.
fn group(members: u16) -> Group {
    let people: Vec<_> = (1..members)
        .map(|n| (person(n), membership(n.into())))
        .collect();
    let by = (&person(0), membership(0));
    let made = created(by, &people, "Name".to_owned(), None, false, NOW_MS);
    Group {
        meta: made.meta,
        roster: made.roster.unwrap(),
    }
}

/// Somebody of about as many as fit.
fn somebody() -> impl Strategy<Value = u16> {
    prop_oneof![3 => 0_u16..6, 1 => 0_u16..300]
}

fn commands() -> impl Strategy<Value = Vec<(u16, Command, Option<u64>)>> {
    let some = || prop::collection::vec(somebody(), 1..40);
    let update = (
        prop::option::of("[ab]"),
        prop::option::of("[c]?"),
        any::<Option<bool>>(),
    );
    let command = prop_oneof![
        4 => some().prop_map(|some| {
            Command::Add(some.into_iter().collect::<BTreeSet<_>>().into_iter().map(|n| (person(n), membership(7))).collect())
        }),
        2 => some().prop_map(|some| Command::Remove(some.into_iter().map(person).collect())),
        2 => Just(Command::Join(membership(9))),
        2 => Just(Command::Leave),
        2 => somebody().prop_map(|n| Command::Promote(person(n))),
        2 => somebody().prop_map(|n| Command::Demote(person(n))),
        1 => update.prop_map(|(name, photo_media_id, announce_only)| {
            Command::Update { name, photo_media_id, announce_only }
        }),
    ];
    let epoch = prop::option::weighted(0.1, 1_u64..5);
    prop::collection::vec((somebody(), command, epoch), 1..60)
}

fn admins(group: &Group) -> usize {
    let members = group.roster.members.iter();
    members.filter(|it| it.is_admin).count()
}

/// What holds between a group and what becomes of it.
fn check(before: &Group, by: &UserId, command: &Command, after: &Group) {
    let members = &after.roster.members;
    let ids: BTreeSet<&UserId> = members.iter().map(|it| &it.user_id).collect();
    assert_eq!(ids.len(), members.len(), "nobody is in it twice");
    assert!(members.len() <= GROUP_MEMBERS_MAX);
    assert!(
        members.is_empty() || admins(after) > 0,
        "somebody can change it"
    );
    assert_eq!(after.meta.epoch, before.meta.epoch + 1);
    assert_eq!(after.meta.seq, before.meta.seq);
    assert!(after.meta.changed_at > before.meta.changed_at);
    let joined: Vec<u64> = members.iter().map(|it| it.joined_at).collect();
    assert!(joined.is_sorted(), "in the order in which they joined");
    let was = before.roster.get(by);
    match command {
        Command::Join(_) => assert!(was.is_none() && after.roster.get(by).is_some()),
        Command::Leave => assert!(was.is_some() && after.roster.get(by).is_none()),
        _ => assert!(
            was.is_some_and(|it| it.is_admin),
            "only admins change others"
        ),
    }
    // Whoever is in it before and after is the same member.
    for member in members {
        if let Some(was) = before.roster.get(&member.user_id) {
            assert_eq!(
                (was.joined_at, was.membership),
                (member.joined_at, member.membership)
            );
        }
    }
}

proptest! {
    #[test]
    fn a_group_stays_a_group(members in prop_oneof![1_u16..5, 240_u16..=256], commands in commands()) {
        let mut group = group(members);
        for (n, (by, command, epoch)) in commands.into_iter().enumerate() {
            let by = person(by);
            let now_ms = NOW_MS + n as u64 / 3;
            let next = decide(&group, &by, &command, epoch, now_ms);
            if epoch.is_some_and(|epoch| epoch != group.meta.epoch) {
                prop_assert!(next.is_err());
            }
            let Ok(Some(next)) = next else { continue };
            let after = Group {
                roster: next.roster.unwrap_or_else(|| group.roster.clone()),
                meta: next.meta,
            };
            check(&group, &by, &command, &after);
            if after.roster != group.roster {
                prop_assert!(after.meta.roster > group.meta.roster, "another roster has another name");
            } else {
                prop_assert!(after.meta.roster >= group.meta.roster);
            }
            group = after;
        }
    }
}

#[test]
fn who_has_been_in_it_longest_takes_over() {
    let group = group(4);
    let leave = |group: &Group, n| {
        let next = decide(group, &person(n), &Command::Leave, None, NOW_MS)
            .unwrap()
            .unwrap();
        let roster = next.roster.unwrap();
        (
            Group {
                meta: next.meta,
                roster,
            },
            next.change,
        )
    };
    let (without, change) = leave(&group, 0);
    let new_admin_id = Some(person(1));
    assert_eq!(
        change,
        GroupChange::Left {
            by_user_id: person(0),
            new_admin_id
        }
    );
    assert!(without.roster.get(&person(1)).unwrap().is_admin);
    let (without, change) = leave(&without, 2);
    assert_eq!(
        change,
        GroupChange::Left {
            by_user_id: person(2),
            new_admin_id: None
        }
    );
    assert_eq!(admins(&without), 1);
}
