//! A conversation whose programs are killed all the time.

use crate::one_machine::program;
use crate::{Phone, Site};
use heliograph_client::store::messages::Status;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a program may live before it is killed, in milliseconds.
const LIFE_MS: std::ops::Range<u64> = 20..400;
/// How often each is killed at most; then it may come to its end.
const KILLS: usize = 30;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What became of a conversation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Killed {
    /// How often a program was killed.
    pub kills: usize,
    /// Messages that are in a history not at all, of both histories.
    pub lost: usize,
    /// And those that are in one more than once.
    pub twice: usize,
    /// Authors whose messages are not in their order in a history.
    pub out_of_order: usize,
    /// Messages of which their author does not know that they have arrived.
    pub undelivered: usize,
}

/// Lets two people write so many messages to each other, while the program of each is killed at random points
/// and started anew; then they go on. Counts what is in their histories.
pub async fn killed_conversation(site: &Arc<Site>, seed: u64, count: usize) -> Killed {
    let (mut alice, mut bob) = (Phone::register(site).await, Phone::register(site).await);
    alice.end().await;
    bob.end().await;
    let talks = |from: &Phone, to: &Phone, seed| {
        let addresses = site.addresses();
        let mut command = Command::new(program("talker", "heliograph-tests"));
        command
            .args([&addresses.http, &addresses.ws])
            .arg(from.folder())
            .args([to.user_id.as_str(), &count.to_string()])
            .kill_on_drop(true);
        talk(command, fastrand::Rng::with_seed(seed))
    };
    let kills = tokio::join!(
        talks(&alice, &bob, 2 * seed),
        talks(&bob, &alice, 2 * seed + 1)
    );
    for phone in [&mut alice, &mut bob] {
        phone.open().await;
        phone.is_connected().await;
    }
    let mut killed = Killed {
        kills: kills.0 + kills.1,
        ..Killed::default()
    };
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        let chat = one.chat(other).await;
        for author in [&one.user_id, &other.user_id] {
            let texts = chat.iter().filter(|it| it.author == *author);
            let texts: Vec<usize> = texts
                .filter_map(|it| it.says.text()?.parse().ok())
                .collect();
            let distinct: BTreeSet<_> = texts.iter().filter(|it| **it < count).collect();
            killed.lost += count - distinct.len();
            killed.twice += texts.len() - distinct.len();
            killed.out_of_order += usize::from(!texts.is_sorted());
        }
        let is_settled = |status| matches!(status, Status::Received | Status::Delivered);
        killed.undelivered += chat.iter().filter(|it| !is_settled(it.status)).count();
    }
    alice.write(&bob, "after all that").await;
    bob.hears(&alice).await;
    bob.write(&alice, "indeed").await;
    alice.hears(&bob).await;
    killed
}

/// Starts a program and kills it, again and again, until it comes to its end. Tells how often.
async fn talk(mut command: Command, mut random: fastrand::Rng) -> usize {
    let mut kills = 0;
    loop {
        let mut child = command.spawn().expect("it runs");
        let life = Duration::from_millis(random.u64(LIFE_MS));
        let life = if kills < KILLS { life } else { PATIENCE };
        match timeout(life, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(std::process::ExitStatus::success) => {
                return kills;
            }
            Ok(status) => panic!("it has failed: {status:?}"),
            Err(_) => {
                assert!(kills < KILLS, "it does not come to its end");
                kill(&mut child).await;
                kills += 1;
            }
        }
    }
}

async fn kill(child: &mut Child) {
    child.kill().await.expect("it is killed");
}
