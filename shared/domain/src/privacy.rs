//! Who may know what of whom (protocol §7). Pure; `docs/privacy.md` is the whole table.

use heliograph_protocol::people::{Audience, Privacy};

/// Something that a person shows to some and hides from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// When they were last connected.
    LastSeen,
    /// Whether they are connected; typing and the like.
    Online,
    /// When they have read a message.
    ReadReceipts,
    /// The photo of their profile.
    Photo,
    /// That they can be added to a group.
    GroupAdd,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 5] = [
        Self::LastSeen,
        Self::Online,
        Self::ReadReceipts,
        Self::Photo,
        Self::GroupAdd,
    ];

    /// Whom a person shows it to.
    pub fn audience(self, privacy: &Privacy) -> Audience {
        match self {
            Self::LastSeen => privacy.last_seen,
            Self::Online => privacy.online,
            Self::ReadReceipts => privacy.read_receipts,
            Self::Photo => privacy.photo,
            Self::GroupAdd => privacy.group_add,
        }
    }

    /// Whether who hides it from somebody does not learn it of them either.
    pub fn is_mutual(self) -> bool {
        matches!(self, Self::LastSeen | Self::Online | Self::ReadReceipts)
    }
}

/// What one person has said of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The other is in the contacts.
    pub contact: bool,
    /// The other is blocked.
    pub block: bool,
}

/// Where one person stands towards another in one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Whom they show it to.
    pub audience: Audience,
    /// What they have said of the other.
    pub said: Said,
}

impl Side {
    /// Whether they show it to the other.
    fn shows(self) -> bool {
        let is_in_audience = match self.audience {
            Audience::Everyone => true,
            Audience::Contacts => self.said.contact,
            Audience::Nobody => false,
        };
        is_in_audience && !self.said.block
    }
}

/// Tells whether `viewer` may know it of `owner`.
pub fn sees(setting: Setting, owner: Side, viewer: Side) -> bool {
    owner.shows() && (!setting.is_mutual() || viewer.shows())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIENCES: [Audience; 3] = [Audience::Everyone, Audience::Contacts, Audience::Nobody];
    /// Stranger, contact, blocked; who is blocked may be a contact, too.
    const SAID: [Said; 4] = [
        Said {
            contact: false,
            block: false,
        },
        Said {
            contact: true,
            block: false,
        },
        Said {
            contact: false,
            block: true,
        },
        Said {
            contact: true,
            block: true,
        },
    ];

    fn sides() -> Vec<Side> {
        let side = |audience| SAID.map(|said| Side { audience, said });
        AUDIENCES.into_iter().flat_map(side).collect()
    }

    /// Every cell, against the sentences of the protocol, each told for itself.
    #[test]
    fn no_cell_leaks() {
        for setting in Setting::ALL {
            for owner in sides() {
                for viewer in sides() {
                    let seen = sees(setting, owner, viewer);
                    let cell = format!("{setting:?} {owner:?} {viewer:?}");
                    if owner.audience == Audience::Nobody {
                        assert!(!seen, "nobody is nobody: {cell}");
                    }
                    if owner.audience == Audience::Contacts && !owner.said.contact {
                        assert!(!seen, "the owner's contacts, not the viewer's: {cell}");
                    }
                    if owner.said.block {
                        let nobody = Side {
                            audience: Audience::Nobody,
                            said: Said::default(),
                        };
                        assert_eq!(seen, sees(setting, nobody, viewer), "{cell}");
                    }
                    if setting.is_mutual() {
                        assert_eq!(seen, sees(setting, viewer, owner), "one way only: {cell}");
                    } else {
                        let anybody = SAID.map(|said| Side { said, ..viewer });
                        let same = |it| sees(setting, owner, it) == seen;
                        assert!(anybody.into_iter().all(same), "{cell}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_shown_is_seen() {
        let shown = |audience, contact| Side {
            audience,
            said: Said {
                contact,
                block: false,
            },
        };
        for setting in Setting::ALL {
            for owner in [
                shown(Audience::Everyone, false),
                shown(Audience::Contacts, true),
            ] {
                assert!(sees(setting, owner, owner));
            }
        }
    }

    /// `docs/privacy.md` says the same as the rule.
    #[test]
    fn the_documents_table_is_the_rule() {
        let document = include_str!("../../../docs/privacy.md");
        let (_, written) = document.split_once("<!-- table -->").unwrap();
        assert_eq!(written, table(), "{}", table());
    }

    /// A line an owner's side, a column a viewer's.
    fn table() -> String {
        let name = |side: Side| {
            let audience = match side.audience {
                Audience::Everyone => "everyone",
                Audience::Contacts => "contacts",
                Audience::Nobody => "nobody",
            };
            let said = match (side.said.block, side.said.contact) {
                (true, _) => "blocks",
                (false, true) => "has as contact",
                (false, false) => "does not know",
            };
            (audience, said)
        };
        let sides = sides().into_iter().filter(|side| {
            // Who is blocked is blocked, contact or not.
            !(side.said.block && side.said.contact)
        });
        let sides: Vec<Side> = sides.collect();
        let mut text = "\n\n| owner shows it to | owner … the viewer | viewer shows it to | viewer … the owner | last_seen, online, read_receipts | photo, group_add |\n|---|---|---|---|---|---|\n".to_owned();
        for owner in &sides {
            for viewer in &sides {
                let (to, of) = name(*owner);
                let (viewer_to, viewer_of) = name(*viewer);
                let word = |setting| match sees(setting, *owner, *viewer) {
                    true => "seen",
                    false => "–",
                };
                let (mutual, plain) = (word(Setting::Online), word(Setting::Photo));
                text +=
                    &format!("| {to} | {of} | {viewer_to} | {viewer_of} | {mutual} | {plain} |\n");
            }
        }
        text
    }
}
