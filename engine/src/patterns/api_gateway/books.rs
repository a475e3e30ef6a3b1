//! What a run adds up to: the pattern's identities and its measures.

use super::call::{Path, SERVICES, Status, TENANTS};
use super::gateway::{Gateway, Why};
use super::model::ApiGateway;
use crate::kernel::{Measured, Truth};

fn sum(model: &ApiGateway, of: impl Fn(&Gateway) -> u64) -> u64 {
    model.gateways.iter().map(of).sum()
}

/// Both sides of each identity are counted in different places.
pub fn truths(model: &ApiGateway) -> Vec<Truth> {
    let clients = &model.clients;
    let ended: u64 = (0..TENANTS.len())
        .flat_map(|tenant| clients.statuses(tenant))
        .sum();
    let answered = |gateway: &Gateway| gateway.tally.answered.iter().sum::<u64>();
    let inside = |gateway: &Gateway| gateway.calls.len() as u64;
    let outstanding = |gateway: &Gateway| -> u64 {
        let services = gateway.services.iter();
        let each = services.flat_map(|service| &service.outstanding);
        each.map(|count| u64::from(*count)).sum()
    };
    let replicas = &model.replicas.tally;
    let truth = |name, left: u64, right: u64| Truth {
        name,
        left: left as i64,
        right: right as i64,
    };
    vec![
        truth(
            "client calls = one status each + open",
            clients.next_flow().0,
            ended + clients.open(),
        ),
        truth(
            "calls at gateways = answered + lost in crash + open",
            sum(model, |it| it.tally.arrived),
            sum(model, |it| answered(it) + it.tally.lost + inside(it)),
        ),
        truth(
            "accepted = routed + answered from cache + joined a fetch + turned away",
            sum(model, |it| it.tally.accepted),
            sum(model, |it| {
                let tally = &it.tally;
                tally.routed + tally.from_cache + tally.joined + tally.turned_away
            }),
        ),
        truth(
            "service calls = answered + failed + refused + timed out + lost in crash + open",
            sum(model, |it| it.tally.legs_begun),
            sum(model, |it| {
                it.tally.legs.iter().sum::<u64>() + outstanding(it)
            }),
        ),
        truth(
            "calls at replicas = served + refused + displaced + lost in crash + inside",
            replicas.arrived,
            replicas.served
                + replicas.refused
                + replicas.displaced
                + replicas.lost
                + model.replicas.inside(),
        ),
    ]
}

fn table<'a>(rows: impl IntoIterator<Item = (&'a str, u64)>) -> Measured {
    let row = |(name, count): (&str, u64)| (name.to_owned(), Measured::Count(count));
    Measured::Table(rows.into_iter().map(row).collect())
}

/// By status, those that happened.
fn statuses(model: &ApiGateway) -> Measured {
    let of = |status: Status| {
        let tenants = 0..TENANTS.len();
        tenants
            .map(|tenant| model.clients.statuses(tenant)[status as usize])
            .sum()
    };
    let all = Status::ALL.map(|status| (status.code(), of(status)));
    table(all.into_iter().filter(|(_, count)| *count > 0))
}

fn paths(model: &ApiGateway) -> Measured {
    let services = (0..SERVICES.len() as u8).map(Path::Service);
    let row = |path: Path| {
        let [begun, good] = model.clients.of_path(path);
        let cells = table([("calls", begun), ("good", good)]);
        (path.name().to_owned(), cells)
    };
    Measured::Table(
        services
            .chain([Path::Home, Path::Unknown])
            .map(row)
            .collect(),
    )
}

fn breakers(model: &ApiGateway) -> Measured {
    let row = |(index, name): (usize, &&str)| {
        let turn = |kind: usize| sum(model, |it| it.services[index].turns[kind]);
        let cells = [
            ("opened", turn(0)),
            ("half_opened", turn(1)),
            ("closed", turn(2)),
        ];
        ((*name).to_owned(), table(cells))
    };
    Measured::Table(SERVICES.iter().enumerate().map(row).collect())
}

/// By replica, in the order of the picture.
fn by_replica(model: &ApiGateway, of: impl Fn(usize) -> Measured) -> Measured {
    let each = model.replicas.stations.len() / SERVICES.len();
    let row = |index: usize| {
        let name = format!("{}-{}", SERVICES[index / each], index % each + 1);
        (name, of(index))
    };
    Measured::Table((0..each * SERVICES.len()).map(row).collect())
}

/// The pattern's own measures.
pub fn measures(model: &ApiGateway) -> Vec<(&'static str, Measured)> {
    let count = |of: fn(&Gateway) -> u64| Measured::Count(sum(model, of));
    let lookups = sum(model, |it| it.tally.lookups);
    let from_cache = sum(model, |it| it.tally.from_cache);
    let ratio = |part: u64, whole: u64| Measured::Number(part as f64 / whole.max(1) as f64);
    let limited = |tenant: usize| sum(model, |it| it.limiters[tenant].refused);
    let sent: u64 = sum(model, |it| it.tally.legs_begun);
    let each = model.replicas.stations.len() / SERVICES.len();
    let to = |index: usize| sum(model, |it| it.services[index / each].sent[index % each]);
    let why = |index: usize| sum(model, |it| it.tally.refused[index]);
    vec![
        ("statuses", statuses(model)),
        ("cache_hit_ratio", ratio(from_cache, lookups)),
        (
            "limited_by_client",
            table((0..TENANTS.len()).map(|tenant| (TENANTS[tenant], limited(tenant)))),
        ),
        ("breaker", breakers(model)),
        (
            "ejected",
            by_replica(model, |index| {
                Measured::Count(sum(model, |it| it.tally.ejected[index]))
            }),
        ),
        (
            "replica_share",
            by_replica(model, |index| ratio(to(index), sent)),
        ),
        ("accepted", count(|it| it.tally.accepted)),
        ("routed", count(|it| it.tally.routed)),
        ("answered_from_cache", Measured::Count(from_cache)),
        ("joined_a_fetch", count(|it| it.tally.joined)),
        ("turned_away", count(|it| it.tally.turned_away)),
        ("service_calls", Measured::Count(sent)),
        (
            "unavailable",
            table((0..Why::COUNT).map(|index| (Why::NAMES[index], why(index)))),
        ),
        ("wasted_runs", Measured::Count(model.replicas.tally.wasted)),
        ("failovers", Measured::Count(model.clients.failovers)),
        ("paths", paths(model)),
    ]
}
