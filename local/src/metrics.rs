//! What `/metrics` shows: Prometheus text.

use crate::socket::ACTIONS;
use heliograph_domain::Context;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters of this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Open sockets.
    pub connections: Gauge,
    invocations: Family<Function, Counter>,
    write_units: Family<Function, Counter>,
    read_half_units: Family<Function, Counter>,
    posts: Family<Function, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Function {
    route: &'static str,
}

/// The routes that are counted apart, besides a socket's actions.
const ROUTES: [&str; 9] = [
    "authorizer",
    "$connect",
    "$disconnect",
    "$default",
    "account",
    "presence",
    "notify",
    "fanout",
    "sweep",
];

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("heliograph"),
            connections: Gauge::default(),
            invocations: Family::default(),
            write_units: Family::default(),
            read_half_units: Family::default(),
            posts: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("connections", "Open sockets", metrics.connections.clone());
        registry.register(
            "invocations",
            "Calls of a function",
            metrics.invocations.clone(),
        );
        registry.register(
            "write_units",
            "DynamoDB write units that the calls would be billed",
            metrics.write_units.clone(),
        );
        registry.register(
            "read_half_units",
            "Halves of DynamoDB read units that the calls would be billed",
            metrics.read_half_units.clone(),
        );
        registry.register(
            "posts",
            "Frames posted to connections",
            metrics.posts.clone(),
        );
        metrics
    }
}

impl Metrics {
    /// Counts one call of a function and what it cost.
    pub fn invoked(&self, route: &str, cx: &Context) {
        let mut known = ROUTES.into_iter().chain(ACTIONS);
        let Some(route) = known.find(|known| *known == route) else {
            return;
        };
        let function = Function { route };
        let usage = cx.meter.read();
        self.invocations.get_or_create(&function).inc();
        self.write_units
            .get_or_create(&function)
            .inc_by(usage.write_units);
        self.read_half_units
            .get_or_create(&function)
            .inc_by(usage.read_half_units);
        self.posts.get_or_create(&function).inc_by(usage.posts);
    }

    /// Writes the text that Prometheus reads.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
