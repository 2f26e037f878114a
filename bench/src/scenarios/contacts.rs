//! Contact sync: a user puts a whole address book, then the same again, as a client does that looks
//! for people who have joined. One at a time: what a person waits for, not what a server can bear.

use super::Bench;
use crate::cli::Contacts;
use crate::clock::now_ns;
use crate::driver::heliograph::{Client, Heliograph, request_id};
use crate::load::UsageStart;
use crate::results::{Latencies, us_each};
use anyhow::{Context, Result, ensure};
use heliograph_protocol::UserId;
use heliograph_protocol::reply::{ContactsPutOk, Empty};
use heliograph_protocol::request::{ContactsPut, ContactsRemove, NewContact, Who};
use serde_json::json;

/// Numbers from here on are nobody's.
const STRANGERS: usize = 9_000_000;

pub(super) async fn run(bench: &Bench, args: &Contacts) -> Result<()> {
    let driver = bench.heliograph()?;
    ensure!(
        (1..=args.numbers).contains(&args.found),
        "the found are some of the numbers"
    );
    let found = bench.users(args.users, args.found);
    let book = Book::new(driver, &found, args.numbers)?;
    let (mut first, mut again) = (Part::new()?, Part::new()?);
    for mut client in bench.clients(&bench.users(0, args.users)).await? {
        // What another run may have left.
        let Empty {} = client.call(&book.remove).await?;
        for _ in 0..args.rounds {
            first.measure(bench, &mut client, &book).await?;
            again.measure(bench, &mut client, &book).await?;
            let Empty {} = client.call(&book.remove).await?;
        }
    }
    let n = (args.users * args.rounds) as u64;
    bench.results.write(
        "contacts",
        json!({
            "numbers": args.numbers, "found": args.found, "users": args.users, "n": n,
            "first_p50_us": first.latencies.us(0.5), "first_p99_us": first.latencies.us(0.99),
            "again_p50_us": again.latencies.us(0.5), "again_p99_us": again.latencies.us(0.99),
            "first_cpu_us": us_each(first.server_cpu, n),
            "again_cpu_us": us_each(again.server_cpu, n),
        }),
    )
}

/// An address book.
struct Book {
    put: ContactsPut,
    remove: ContactsRemove,
}

impl Book {
    /// The numbers of `found`, evenly among strangers'.
    fn new(driver: &Heliograph, found: &[usize], numbers: usize) -> Result<Book> {
        let contact = |place: usize| {
            let before = place * found.len() / numbers;
            let is_found = (place + 1) * found.len() / numbers > before;
            let user = match is_found {
                true => found[before],
                false => STRANGERS + place,
            };
            Ok(NewContact {
                who: Who::Number(driver.number(user)?),
                name: Some(format!("Contact {place}")),
            })
        };
        let user_ids = found.iter().map(|user| driver.user_id(*user));
        Ok(Book {
            put: ContactsPut {
                id: request_id(),
                contacts: (0..numbers).map(contact).collect::<Result<_>>()?,
            },
            remove: ContactsRemove {
                id: request_id(),
                user_ids: user_ids.collect::<Result<Vec<UserId>>>()?,
            },
        })
    }
}

/// First or repeated puts.
struct Part {
    latencies: Latencies,
    server_cpu: f64,
}

impl Part {
    fn new() -> Result<Part> {
        Ok(Part {
            latencies: Latencies::new()?,
            server_cpu: 0.0,
        })
    }

    async fn measure(&mut self, bench: &Bench, client: &mut Client, book: &Book) -> Result<()> {
        let usage = UsageStart::new(&bench.server);
        let began_ns = now_ns();
        let answer: ContactsPutOk = client.call(&book.put).await.context("putting contacts")?;
        self.latencies.record(now_ns() - began_ns);
        self.server_cpu += usage.stop().server_cpu;
        let (got, wanted) = (answer.contacts.len(), book.remove.user_ids.len());
        ensure!(got == wanted, "{got} people were found instead of {wanted}");
        Ok(())
    }
}
