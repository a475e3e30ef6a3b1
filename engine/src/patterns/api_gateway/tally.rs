//! What a gateway counts, each in a slot of one table, and what a run adds up
//! to: the pattern's identities and its measures.

use super::call::{CODES, PATHS, SERVICES, STATUSES};
use super::gateway::Gateway;
use super::layout::CLIENTS;
use super::model::ApiGateway;
use crate::kernel::{Measured, Truth};
use std::ops::Range;

/// Calls that arrived.
pub const ARRIVED: usize = 0;
/// Calls lost when it crashed.
pub const LOST: usize = 1;
/// Calls that were readable, known and within their limits.
pub const ACCEPTED: usize = 2;
/// Of these, sent on to services.
pub const ROUTED: usize = 3;
/// Of these, answered from the cache.
pub const FROM_CACHE: usize = 4;
/// Of these, waited for an answer that was being fetched.
pub const JOINED: usize = 5;
/// Of these, turned away because no service call could be made.
pub const TURNED_AWAY: usize = 6;
/// Looked up in the cache.
pub const LOOKUPS: usize = 7;
/// Service calls made.
pub const LEGS: usize = 8;
/// Service calls over, by [`super::legs::End`].
pub const ENDS: usize = 9;
/// Calls turned away with 503, by [`super::gateway::Why`].
pub const REASONS: usize = ENDS + 5;
/// Calls turned away with 429, by client.
pub const LIMITED: usize = REASONS + WHY.len();
/// How often a breaker opened, half-opened and closed, by service.
pub const TURNS: usize = LIMITED + CLIENTS;
/// Calls answered, by status.
pub const ANSWERED: usize = TURNS + 3 * SERVICES.len();
/// How many slots there are.
pub const SLOTS: usize = ANSWERED + STATUSES;

const WHY: [&str; 6] = [
    "shed",
    "overflow",
    "bulkhead",
    "breaker",
    "throttle",
    "no replica",
];

/// Of all gateways.
fn sum(model: &ApiGateway, of: &dyn Fn(&Gateway) -> u64) -> u64 {
    model.gateways.iter().map(of).sum()
}

/// Of all gateways and some slots.
fn total(model: &ApiGateway, slots: Range<usize>) -> u64 {
    sum(model, &|gateway| gateway.counts[slots.clone()].iter().sum())
}

/// Both sides of each identity are counted in different places.
pub fn truths(model: &ApiGateway) -> Vec<Truth> {
    let clients = &model.clients;
    let mut ended = clients.open();
    for client in 0..CLIENTS {
        ended += clients.statuses(client).iter().sum::<u64>();
    }
    let inside = sum(model, &|gateway| gateway.calls.len() as u64);
    let open = sum(model, &|gateway| {
        gateway
            .outstanding
            .iter()
            .map(|open| u64::from(*open))
            .sum()
    });
    let replicas = &model.replicas.tally;
    let slot = |slot| total(model, slot..slot + 1);
    let sides = [
        (
            "client calls = one status each + open",
            clients.next_flow().0,
            ended,
        ),
        (
            "calls at gateways = answered + lost in crash + open",
            slot(ARRIVED),
            total(model, ANSWERED..SLOTS) + slot(LOST) + inside,
        ),
        (
            "accepted = routed + answered from cache + joined a fetch + turned away",
            slot(ACCEPTED),
            total(model, ROUTED..LOOKUPS),
        ),
        (
            "service calls = answered + failed + refused + timed out + lost in crash + open",
            slot(LEGS),
            total(model, ENDS..REASONS) + open,
        ),
        (
            "calls at replicas = served + refused + lost in crash + inside",
            replicas.arrived,
            replicas.served + replicas.refused + replicas.lost + model.replicas.inside(),
        ),
    ];
    let mut truths = Vec::new();
    for (name, left, right) in sides {
        let (left, right) = (left as i64, right as i64);
        truths.push(Truth { name, left, right });
    }
    truths
}

fn table(names: &[&str], of: &dyn Fn(usize) -> Measured) -> Measured {
    let mut rows = Vec::new();
    for (index, name) in names.iter().enumerate() {
        rows.push(((*name).to_owned(), of(index)));
    }
    Measured::Table(rows)
}

fn ratio(part: u64, whole: u64) -> Measured {
    Measured::Number(part as f64 / whole.max(1) as f64)
}

/// The nodes of the tenants.
const CLIENT_NAMES: [&str; CLIENTS] = ["web-1", "mobile-1", "partner-1"];

/// The pattern's own measures.
pub fn measures(model: &ApiGateway) -> Vec<(&'static str, Measured)> {
    let slot = |slot| total(model, slot..slot + 1);
    let count = |index: usize| Measured::Count(slot(index));
    let of_tenants = |status: usize| {
        let clients = (0..CLIENTS).map(|client| model.clients.statuses(client)[status]);
        Measured::Count(clients.sum())
    };
    let turns = |service: usize| {
        let turn = |turn: usize| count(TURNS + 3 * service + turn);
        table(&["opened", "half_opened", "closed"], &turn)
    };
    let path = |path: usize| {
        let of = |column: usize| Measured::Count(model.clients.paths[path][column]);
        table(&["calls", "good"], &of)
    };
    let mut names = Vec::new();
    for replica in 0..model.layout.replicas() {
        let (service, index) = (replica / model.layout.each, replica % model.layout.each);
        names.push(format!("{}-{}", SERVICES[service], index + 1));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ejected = |index: usize| Measured::Count(sum(model, &|it| it.known[index].ejected));
    let share = |index: usize| ratio(sum(model, &|it| it.known[index].sent), slot(LEGS));
    vec![
        ("statuses", table(&CODES, &of_tenants)),
        ("cache_hit_ratio", ratio(slot(FROM_CACHE), slot(LOOKUPS))),
        (
            "limited_by_client",
            table(&CLIENT_NAMES, &|client| count(LIMITED + client)),
        ),
        ("breaker", table(&SERVICES, &turns)),
        ("ejected", table(&names, &ejected)),
        ("replica_share", table(&names, &share)),
        ("accepted", count(ACCEPTED)),
        ("routed", count(ROUTED)),
        ("answered_from_cache", count(FROM_CACHE)),
        ("joined_a_fetch", count(JOINED)),
        ("turned_away", count(TURNED_AWAY)),
        ("service_calls", count(LEGS)),
        ("unavailable", table(&WHY, &|why| count(REASONS + why))),
        ("wasted_runs", Measured::Count(model.replicas.tally.wasted)),
        ("failovers", Measured::Count(model.clients.failovers)),
        ("paths", table(&PATHS, &path)),
    ]
}
