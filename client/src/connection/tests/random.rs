//! Whatever happens, in whatever order, some things hold.

use super::*;
use heliograph_protocol::ErrorCode;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const HOUR: u64 = 60 * MINUTE;

/// Is something that happens; which socket or request it is about is drawn from those there are.
#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    SetBack(u64),
    App(u8),
    Ask,
    Sync,
    Socket(u8, u8),
    Text(u8, u8),
    Refresh(u8),
    Stored(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..5 * SECOND).prop_map(Step::Pass),
        2 => (0..20 * MINUTE).prop_map(Step::Pass),
        1 => (0..3 * HOUR).prop_map(Step::Pass),
        1 => (0..HOUR).prop_map(Step::SetBack),
        2 => any::<u8>().prop_map(Step::App),
        3 => Just(Step::Ask),
        1 => Just(Step::Sync),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(of, what)| Step::Socket(of, what)),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(of, what)| Step::Text(of, what)),
        4 => any::<u8>().prop_map(Step::Refresh),
        4 => any::<bool>().prop_map(Step::Stored),
    ];
    proptest::collection::vec(step, 0..120)
}

/// Says how far a socket is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum There {
    Opening,
    Open,
    Gone,
}

/// Watches a machine from outside.
#[derive(Default)]
struct Watch {
    sockets: BTreeMap<Generation, There>,
    asked: BTreeSet<String>,
    ended: BTreeMap<String, usize>,
    refreshing: bool,
    storing: Option<Tokens>,
    last_stored: Option<Tokens>,
    is_open: bool,
    is_out: bool,
    actions: u64,
}

impl Watch {
    /// Takes all that was said since, and checks it.
    fn look(&mut self, desk: &mut Desk) {
        let said = std::mem::take(&mut desk.said);
        self.actions += u64::try_from(said.wakes + said.told.len()).unwrap();
        for (of, done) in said.done {
            self.follow(of, done);
        }
        for (_, token) in said.opened {
            let stored = self.last_stored.as_ref();
            let stored = stored.map_or("access 1", |it| it.access_token.as_str());
            assert_eq!(token, stored, "used before it is stored");
        }
        for token in said.refreshed {
            self.actions += 1;
            assert!(!self.refreshing && self.storing.is_none(), "two at once");
            let stored = self.last_stored.as_ref();
            let stored = stored.map_or("refresh 1", |it| it.refresh_token.as_str());
            assert_eq!(token, stored);
            self.refreshing = true;
        }
        self.storing = said.stored.last().cloned().or(self.storing.take());
        for notice in said.told {
            self.hear(notice);
        }
        if self.is_open {
            assert!(
                desk.wake.is_some_and(|at| at > desk.now),
                "it sleeps for ever"
            );
        }
    }

    fn follow(&mut self, of: Generation, done: Done) {
        self.actions += 1;
        match done {
            Done::Opened => {
                let before = self.sockets.insert(of, There::Opening);
                assert_eq!(before, None, "a number twice");
            }
            Done::Sent => assert_eq!(self.sockets[&of], There::Open, "sent on no socket"),
            Done::Closed => drop(self.sockets.insert(of, There::Gone)),
        }
        let there = self.sockets.values().filter(|it| **it != There::Gone);
        assert!(there.count() <= 2, "more than two sockets");
    }

    fn hear(&mut self, notice: Notice) {
        match notice {
            Notice::Reply { id, .. } | Notice::RequestFailed { id, .. } => {
                *self.ended.entry(id.as_str().to_owned()).or_default() += 1;
            }
            Notice::Displaced => self.is_open = false,
            Notice::SignedOut(_) => (self.is_open, self.is_out) = (false, true),
            _ => {}
        }
    }

    fn pick(&self, which: u8) -> Option<Generation> {
        // The latest ones mostly.
        let which = usize::from(which % 4);
        self.sockets.keys().rev().nth(which).copied()
    }
}

fn socket_event(what: u8) -> SocketEvent {
    let refused = |status| SocketEvent::Refused {
        status,
        retry_after_ms: (what > 200).then_some(45 * SECOND),
    };
    match what % 12 {
        0..=4 => SocketEvent::Opened,
        5 => SocketEvent::Unreachable,
        6 => refused(Some(401)),
        7 => refused(Some(if what > 230 { 403 } else { 503 })),
        8 => refused(None),
        9 => SocketEvent::Closed { code: None },
        10 => SocketEvent::Closed { code: Some(1000) },
        _ => SocketEvent::Closed { code: Some(1001) },
    }
}

fn refresh_answer(what: u8, number: u64, now: u64) -> RefreshAnswer {
    let error = |code| RefreshAnswer::Refused(ErrorBody::new(code, "m"));
    match what % 8 {
        0..=3 => RefreshAnswer::Tokens(tokens(number, now + 15 * MINUTE)),
        4 => RefreshAnswer::NotSent,
        5 => RefreshAnswer::Unknown,
        6 if what > 240 => error(ErrorCode::Forbidden),
        6 => error(ErrorCode::Unavailable),
        _ => RefreshAnswer::Refused(ErrorBody::rate_limited(u64::from(what) * SECOND)),
    }
}

fn app(desk: &mut Desk, watch: &mut Watch, what: u8) {
    match what % 8 {
        0..=3 => {
            watch.is_open = !watch.is_out;
            desk.take(Input::Open);
        }
        4 => {
            watch.is_open = false;
            desk.take(Input::Close);
        }
        _ => desk.take(Input::NetworkIsBack),
    }
}

fn socket(desk: &mut Desk, watch: &mut Watch, of: u8, what: u8) {
    let Some(of) = watch.pick(of) else { return };
    let event = socket_event(what);
    let then = match (watch.sockets[&of], &event) {
        (There::Opening, SocketEvent::Opened) => There::Open,
        (There::Open, SocketEvent::Closed { .. }) | (There::Opening, _) => There::Gone,
        // It comes too late.
        (There::Gone, _) => There::Gone,
        (There::Open, _) => return,
    };
    watch.sockets.insert(of, then);
    desk.socket(of, event);
}

fn text(desk: &mut Desk, watch: &Watch, of: u8, what: u8) {
    let text = match what % 8 {
        0 => r#"{"event":"displaced"}"#.to_owned(),
        1 => "nonsense".to_owned(),
        _ => {
            let late = watch.asked.iter().rev().nth(usize::from(what % 5));
            ok(late.map_or("3", |id| id.as_str()))
        }
    };
    if let Some(of) = watch.pick(of) {
        desk.text(of, text);
    }
}

fn happen(desk: &mut Desk, watch: &mut Watch, step: Step) {
    match step {
        Step::Pass(ms) => desk.pass(ms),
        // Nobody wakes it later for that: what waits goes on.
        Step::SetBack(ms) => {
            desk.now -= ms;
            desk.wake = desk.wake.map(|at| at - ms);
        }
        Step::App(what) => app(desk, watch, what),
        Step::Ask => drop(watch.asked.insert(desk.ask())),
        Step::Sync => drop(watch.asked.insert(desk.sync())),
        Step::Socket(of, what) => socket(desk, watch, of, what),
        Step::Text(of, what) => text(desk, watch, of, what),
        Step::Refresh(what) if watch.refreshing => {
            watch.refreshing = false;
            let number = desk.now * 10 + u64::from(what);
            desk.take(Input::Refreshed(refresh_answer(what, number, desk.now)));
        }
        Step::Stored(is_stored) => {
            if let Some(tokens) = watch.storing.take() {
                if is_stored {
                    watch.last_stored = Some(tokens);
                }
                desk.take(Input::TokensStored(is_stored));
            }
        }
        Step::Refresh(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_it_promises_holds(steps in steps(), seed in any::<u64>(), often in any::<bool>()) {
        let mut timing = Timing { keep_token_fresh: often, ..Timing::default() };
        if often {
            // So that one is renewed before it is cut.
            (timing.renew_ms, timing.renew_jitter_ms) = (30 * SECOND, 10 * SECOND);
        }
        let mut desk = Desk::with(timing, tokens(1, START + 15 * MINUTE), seed);
        let mut watch = Watch::default();
        let (mut passed, inputs) = (0, u64::try_from(steps.len()).unwrap());
        for step in steps {
            if let Step::Pass(ms) = &step {
                passed += ms;
            }
            happen(&mut desk, &mut watch, step);
            watch.look(&mut desk);
        }
        let most = 8 * inputs + 900 * passed.div_ceil(HOUR);
        prop_assert!(watch.actions <= most, "{} in {} h", watch.actions, passed / HOUR);
        watch.is_open = false;
        desk.take(Input::Close);
        watch.look(&mut desk);
        for id in &watch.asked {
            prop_assert_eq!(watch.ended.get(id), Some(&1), "{}", id);
        }
        prop_assert_eq!(watch.ended.len(), watch.asked.len());
    }

    /// A server that lets everybody in and cuts them, at once or a little later.
    #[test]
    fn nobody_hammers_a_server_that_cuts(lasts in proptest::collection::vec(0..80 * SECOND, 1..8), seed in any::<u64>()) {
        let mut desk = Desk::seeded(seed);
        desk.take(Input::Open);
        let mut lasts = lasts.into_iter().cycle();
        let mut tries = 0;
        while desk.now < START + HOUR {
            if let Some((of, _)) = desk.said.opened.pop() {
                tries += 1;
                desk.socket(of, SocketEvent::Opened);
                desk.pass(lasts.next().unwrap());
                desk.closes(of, None);
            }
            desk.pass_to_wake();
        }
        prop_assert!(tries <= 200, "{}", tries);
    }
}
