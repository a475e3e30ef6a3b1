//! What is to be drawn of a run: who waits and works where, how full buckets
//! and caches are, and the words beside it all.

use super::call::{
    Asked, CACHED, Call, LEG_TAG, LegKey, REFUSED, SERVICES, Status, TENANTS, Ticket,
};
use super::gateway::Gateway;
use super::legs::Service;
use super::model::ApiGateway;
use super::replicas::{Work, leg_tag};
use crate::kernel::view::{Reading, Running, Token, Waiting};
use crate::kernel::{
    Anchor, Instant, LinkId, Message, NodeId, Role, Row, Sign, Tone, Topology, View,
};
use crate::parts::breaker::BreakerState;
use std::fmt::Write as _;

/// A picture shows at most this many waiting in one node; meters count all.
const SHOWN_WAITING: usize = 256;

/// The rows of a gateway's card: a bucket a client, then the cache.
const CACHE_ROW: u8 = TENANTS.len() as u8;

/// What the cards have.
pub fn furnish(topology: &mut Topology, clients: &[NodeId], gateways: &[NodeId]) {
    for client in clients {
        topology.furnish(*client, [Row::Line]);
    }
    for gateway in gateways {
        let gauge = |label: &str| Row::Gauge {
            label: label.to_owned(),
        };
        let rows = TENANTS.iter().copied().chain(["cache"]);
        topology.furnish(*gateway, rows.map(gauge));
    }
}

/// Fills in what waits and runs.
pub fn view(model: &ApiGateway, view: &mut View) {
    for (tenant, node) in model.client_nodes.iter().enumerate() {
        view.nodes[node.index()].open = model.clients.open_at(tenant);
    }
    for gateway in &model.gateways {
        view_gateway(model, gateway, view);
    }
    for station in &model.replicas.stations {
        let node = station.node();
        let shown = &mut view.nodes[node.index()];
        (shown.workers, shown.busy) = (station.workers(), station.busy() as u16);
        (shown.queue, shown.queue_cap) = (station.depth(), station.cap as u32);
        let waiting = station.waiting().take(SHOWN_WAITING);
        view.waiting.extend(waiting.map(|work| Waiting {
            node,
            token: work_token(work),
            wanted: is_wanted(model, work),
        }));
        let running = station.running(view.now);
        view.running
            .extend(running.map(|(worker, job, done)| Running {
                node,
                worker,
                token: work_token(&job.item),
                since: job.since,
                done,
                wanted: is_wanted(model, &job.item),
            }));
    }
}

fn work_token(work: &Work) -> Token {
    Token {
        message: work.message,
        flow: work.flow,
        role: Role::Request,
        hue: work.hue,
        marks: work.marks,
    }
}

fn is_wanted(model: &ApiGateway, work: &Work) -> bool {
    let (flow, tag) = (work.flow, leg_tag(work));
    let key = LegKey { flow, tag };
    model.gateways.iter().any(|it| it.legs.contains_key(&key))
}

fn view_gateway(model: &ApiGateway, gateway: &Gateway, view: &mut View) {
    let (node, station) = (gateway.node, &gateway.station);
    let token = |ticket: &Ticket| Token {
        message: ticket.message,
        flow: ticket.flow,
        role: Role::Request,
        hue: ticket.hue,
        marks: ticket.marks,
    };
    let shown = &mut view.nodes[node.index()];
    (shown.workers, shown.busy) = (station.workers(), station.busy() as u16);
    (shown.queue, shown.queue_cap) = (station.depth(), station.cap as u32);
    shown.open = gateway.calls.len() as u32;
    let waiting = station.waiting().take(SHOWN_WAITING);
    view.waiting.extend(waiting.map(|ticket| Waiting {
        node,
        token: token(ticket),
        wanted: model.clients.awaits(ticket.flow),
    }));
    let running = station.running(view.now);
    view.running
        .extend(running.map(|(worker, job, done)| Running {
            node,
            worker,
            token: token(&job.item),
            since: job.since,
            done,
            wanted: model.clients.awaits(job.item.flow),
        }));
    for tenant in 0..TENANTS.len() {
        let share = allowance(model, gateway, tenant, view.now).map_or(1.0, |(_, share)| share);
        view.readings.push(Reading {
            node,
            row: tenant as u8,
            share: share as f32,
            tone: if share < 0.1 { Tone::Bad } else { Tone::Good },
        });
    }
    view.readings.push(Reading {
        node,
        row: CACHE_ROW,
        share: gateway.hit_ratio().unwrap_or(0.0) as f32,
        tone: Tone::Plain,
    });
}

/// What a client may still do at once, and its share of the most; none
/// without a limit.
fn allowance(
    model: &ApiGateway,
    gateway: &Gateway,
    tenant: usize,
    now: Instant,
) -> Option<(f64, f64)> {
    let rate = model.parameters.rps?;
    let (limiter, burst) = (&gateway.limiters[tenant], f64::from(model.parameters.burst));
    let left = match model.parameters.leaky {
        true => (burst - limiter.leaky.excess(rate, now)).max(0.0),
        false => limiter.token.tokens(now),
    };
    Some((left, left / burst))
}

fn sign(anchor: Anchor, text: String, tone: Tone) -> Sign {
    Sign { anchor, text, tone }
}

/// Adds what is said in words.
pub fn signs(model: &ApiGateway, now: Instant, signs: &mut Vec<Sign>) {
    for (tenant, node) in model.client_nodes.iter().enumerate() {
        let statuses = model.clients.statuses(tenant);
        let (text, tone) = client_line(statuses);
        signs.push(sign(Anchor::Row(*node, 0), text, tone));
    }
    for gateway in &model.gateways {
        sign_gateway(model, gateway, now, signs);
    }
    for index in 0..model.replicas.stations.len() {
        sign_replica(model, index, signs);
    }
}

/// The most frequent failure, if there is one; else how many were answered.
fn client_line(statuses: &[u64; Status::COUNT]) -> (String, Tone) {
    let bad = Status::ALL.iter().filter(|status| !status.is_good());
    let worst = bad.max_by_key(|status| statuses[**status as usize]);
    let good = statuses[Status::Ok as usize] + statuses[Status::Partial as usize];
    match worst.map(|status| (status.code(), statuses[*status as usize])) {
        Some((code, count)) if count * 4 > good => (format!("{code} x {count}"), Tone::Bad),
        Some((code, count)) if count > 0 => {
            (format!("200 x {good}, {code} x {count}"), Tone::Plain)
        }
        _ => (format!("200 x {good}"), Tone::Plain),
    }
}

fn sign_gateway(model: &ApiGateway, gateway: &Gateway, now: Instant, signs: &mut Vec<Sign>) {
    let node = gateway.node;
    for tenant in 0..TENANTS.len() {
        let refused = gateway.limiters[tenant].refused;
        let (text, tone) = match allowance(model, gateway, tenant, now) {
            None => ("no limit".to_owned(), Tone::Plain),
            Some((_, share)) if refused > 0 && share < 0.5 => {
                (format!("429 x {refused}"), Tone::Bad)
            }
            Some((left, _)) => (format!("tokens {left:.1}"), Tone::Plain),
        };
        signs.push(sign(Anchor::Row(node, tenant as u8), text, tone));
    }
    let text = match (model.parameters.ttl, gateway.hit_ratio()) {
        (None, _) => "off".to_owned(),
        (_, None) => "empty".to_owned(),
        (_, Some(ratio)) => format!("hit {:.0} %", ratio * 100.0),
    };
    signs.push(sign(Anchor::Row(node, CACHE_ROW), text, Tone::Plain));
    for service in &gateway.services {
        let Some((text, tone)) = service_state(model, service) else {
            continue;
        };
        let links = service
            .replicas
            .iter()
            .take(6)
            .filter_map(|replica| model.link(node, *replica));
        signs.extend(links.map(|link: LinkId| sign(Anchor::Link(link), text.clone(), tone)));
    }
}

/// What keeps calls from a service, if anything does.
fn service_state(model: &ApiGateway, service: &Service) -> Option<(String, Tone)> {
    match service.breaker.state() {
        BreakerState::Open => return Some(("open".to_owned(), Tone::Bad)),
        BreakerState::HalfOpen => return Some(("half-open".to_owned(), Tone::Warn)),
        BreakerState::Closed => {}
    }
    let most = model.parameters.bulkhead?;
    let full = service.open >= most;
    full.then(|| (format!("full {}/{most}", service.open), Tone::Warn))
}

fn sign_replica(model: &ApiGateway, index: usize, signs: &mut Vec<Sign>) {
    let each = model.replicas.stations.len() / SERVICES.len();
    let node = model.replicas.stations[index].node();
    let ejects = |gateway: &Gateway| {
        gateway.services[index / each]
            .outliers
            .is_ejected(index % each)
    };
    let is_missed = |gateway: &Gateway| !gateway.health.is_healthy(index);
    let word = if model.gateways.iter().any(is_missed) {
        "unhealthy"
    } else if model.gateways.iter().any(ejects) {
        "ejected"
    } else {
        return;
    };
    signs.push(sign(Anchor::Node(node), word.to_owned(), Tone::Bad));
}

/// What a message carries.
pub fn describe(model: &ApiGateway, message: &Message, text: &mut String) {
    let path = |call: &Call| (call.asked.path.name(), call.asked.item);
    let _ = match message.role {
        Role::Control => write!(text, "health check"),
        Role::Request if model.is_from_client(message) => {
            let asked = Asked::of_tag(message.tag);
            let token = if asked.bad_token { ", bad token" } else { "" };
            write!(text, "/{}/{}{token}", asked.path.name(), asked.item)
        }
        Role::Request => {
            let (flow, tag) = (message.flow, message.tag & LEG_TAG);
            let leg = model
                .gateways
                .iter()
                .find_map(|it| Some((it, it.legs.get(&LegKey { flow, tag })?)));
            let call = leg.and_then(|(it, leg)| it.calls.get(&leg.call)).map(path);
            match call {
                Some((name, item)) => write!(text, "for /{name}/{item}"),
                None => write!(text, "nobody waits any more"),
            }
        }
        _ if model.is_to_client(message) => {
            let cached = if message.tag & CACHED != 0 {
                " from cache"
            } else {
                ""
            };
            write!(text, "{}{cached}", Status::of_tag(message.tag).code())
        }
        Role::Response => write!(text, "answer"),
        _ if message.tag & REFUSED != 0 => write!(text, "refused"),
        _ => write!(text, "failed"),
    };
}
