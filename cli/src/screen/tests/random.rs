use super::*;
use crate::screen::popup::Popup;
use heliograph_client::client::Event;
use proptest::prelude::*;

/// Is something that a user, others or the terminal may do.
#[derive(Clone, Debug)]
enum Step {
    Key(KeyCode, KeyModifiers),
    Paste(String),
    Event(Event),
    Tick,
    Size(u16, u16),
}

fn key() -> impl Strategy<Value = Step> {
    let code = prop_oneof![
        4 => any::<char>().prop_map(KeyCode::Char),
        4 => prop::sample::select(vec!['f', 'g', 's', 'r', 'v', '1', 'j']).prop_map(KeyCode::Char),
        8 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Up,
            KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::PageUp, KeyCode::PageDown,
            KeyCode::Home, KeyCode::End, KeyCode::Backspace, KeyCode::Delete,
        ]),
    ];
    let modifiers = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
    ]);
    (code, modifiers).prop_map(|(code, modifiers)| Step::Key(code, modifiers))
}

fn event() -> impl Strategy<Value = Step> {
    let words = "[a-z \\n\u{1b}\u{202e}日👍\u{301}]{0,80}";
    let comes = (0..80u64, words, any::<bool>()).prop_map(|(nth, says, is_open)| {
        let chat = if is_open { with("alice") } else { in_tower() };
        let message = Box::new(message(nth, "alice", text(&says)));
        Event::Message { chat, message }
    });
    let gap = (0..80u64, any::<bool>()).prop_map(|(nth, is_open)| Event::Gap {
        chat: with("alice"),
        before: position(nth),
        is_open,
    });
    let typing = any::<bool>().prop_map(|is_typing| Event::Typing {
        chat: with("alice"),
        user_id: user("alice"),
        is_typing,
    });
    let missed = Just(Event::Missed);
    prop_oneof![comes, gap, typing, missed].prop_map(Step::Event)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => key(),
        3 => event(),
        1 => ".{0,40}".prop_map(Step::Paste),
        1 => Just(Step::Tick),
        2 => (0..120u16, 0..40u16).prop_map(|(width, height)| Step::Size(width, height)),
    ]
}

/// Answers as a client does, with what there is in this world.
fn answer(screen: &mut Screen, action: Action, world: &[ShownMessage]) {
    let before = |position: Position| -> Vec<ShownMessage> {
        let older = world.iter().filter(|it| it.position < position);
        older.cloned().collect()
    };
    match action {
        Action::List => screen.listed(chats()),
        Action::Open { chat, at } => screen.opened(chat, world.to_vec(), at),
        Action::Refresh { chat, limit } => {
            let first = world.len().saturating_sub(limit);
            screen.refreshed(&chat, world[first..].to_vec());
        }
        Action::Older { chat, before: at } => screen.prepended(&chat, before(at)),
        Action::Search(words) => {
            let found = world.iter().map(|it| (with("alice"), it.clone()));
            screen.found(&words, found.collect());
        }
        Action::ShowSafety(_) => {
            let safety = keys::safety(Default::default());
            screen.popup = Some(Popup::Safety(safety));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_it_goes_on(steps in prop::collection::vec(step(), 0..60)) {
        let mut screen = open(many(20..70));
        let mut world = many(20..70);
        let (mut width, mut height) = (80, 20);
        for step in steps {
            let asked = match step {
                Step::Key(code, modifiers) => screen.on_key(KeyEvent::new(code, modifiers)),
                Step::Paste(text) => screen.on_paste(&text),
                Step::Event(event) => {
                    if let Event::Message { message, .. } = &event {
                        world.retain(|it| it.position != message.position);
                        world.push((**message).clone());
                        world.sort_by_key(|it| it.position);
                    }
                    screen.on_event(event);
                    None
                }
                Step::Tick => {
                    screen.on_tick();
                    None
                }
                Step::Size(to_width, to_height) => {
                    (width, height) = (to_width, to_height);
                    None
                }
            };
            if let Some(asked) = asked {
                answer(&mut screen, asked, &world);
            }
            for _ in 0..10 {
                let Some(due) = screen.due() else { break };
                answer(&mut screen, due, &world);
            }
            prop_assert_eq!(screen.due(), None, "it comes to rest");
            let drawn = draw(&mut screen, width, height);
            let is_steering = |sign: char| sign.is_control() && sign != '\n';
            prop_assert!(!drawn.contains(is_steering));
        }
    }
}
