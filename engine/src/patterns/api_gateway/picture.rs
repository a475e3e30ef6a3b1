//! What is to be drawn of a run: who waits and works where, how full buckets
//! and caches are, and the words beside it all.

use super::call::{Asked, CACHED, CODES, PATHS, REFUSED, Status, TENANTS, leg_key};
use super::gateway::Gateway;
use super::knobs::Key;
use super::layout::{CLIENTS, Hop, Layout, Place};
use super::model::{ApiGateway, is_wanted};
use super::tally::LIMITED;
use crate::kernel::decimal::Number;
use crate::kernel::view::Reading;
use crate::kernel::{Anchor, Instant, Message, Role, Row, Sign, Tone, Topology, View};
use crate::parts::breaker::BreakerState;
use crate::parts::station::Work;

/// The row of a gateway's card below those of the clients' buckets.
const CACHE_ROW: u8 = CLIENTS as u8;

/// What the cards have.
pub fn furnish(topology: &mut Topology, layout: Layout) {
    for client in 0..CLIENTS {
        topology.furnish(layout.client(client), [Row::Line]);
    }
    for gateway in 0..layout.gateways {
        for label in [TENANTS[0], TENANTS[1], TENANTS[2], "cache"] {
            let label = label.to_owned();
            topology.furnish(layout.gateway(gateway), [Row::Gauge { label }]);
        }
    }
}

/// Fills in what waits and runs.
pub fn view(model: &ApiGateway, view: &mut View) {
    for client in 0..CLIENTS {
        let node = model.layout.client(client);
        view.nodes[node.index()].open = model.clients.open_at(client);
    }
    for gateway in &model.gateways {
        let look = |work: &Work| (Role::Request, model.clients.awaits(work.flow));
        gateway.station.show(gateway.station.cap, &look, view);
        let node = gateway.node;
        view.nodes[node.index()].open = gateway.calls.len() as u32;
        for row in 0..=CACHE_ROW {
            let (share, tone) = gauge(model, gateway, row, view.now);
            let share = share as f32;
            view.readings.push(Reading {
                node,
                row,
                share,
                tone,
            });
        }
    }
    for station in &model.replicas.stations {
        let wanted = |work: &Work| is_wanted(&model.gateways, model.layout, work);
        station.show(station.cap, &|work| (Role::Request, wanted(work)), view);
    }
}

/// How full a client's bucket is, or how often the cache knew.
fn gauge(model: &ApiGateway, gateway: &Gateway, row: u8, now: Instant) -> (f64, Tone) {
    if row == CACHE_ROW {
        return (gateway.hit_ratio().unwrap_or(0.0), Tone::Plain);
    }
    let allowance = gateway.allowance(usize::from(row), &model.parameters, now);
    let share = allowance.map_or(1.0, |(_, share)| share);
    (share, if share < 0.1 { Tone::Bad } else { Tone::Good })
}

/// Adds what is said in words.
pub fn signs(model: &ApiGateway, now: Instant, signs: &mut Vec<Sign>) {
    let mut say = |anchor, (text, tone)| signs.push(Sign { anchor, text, tone });
    for client in 0..CLIENTS {
        let text = client_line(model.clients.statuses(client));
        say(Anchor::Row(model.layout.client(client), 0), text);
    }
    for gateway in &model.gateways {
        for row in 0..=CACHE_ROW {
            let text = gauge_line(model, gateway, usize::from(row), now);
            say(Anchor::Row(gateway.node, row), text);
        }
        for replica in 0..model.layout.replicas() {
            let (service, index) = (replica / model.layout.each, replica % model.layout.each);
            if let Some(text) = service_state(model, gateway, service).filter(|_| index < 6) {
                let link = model.layout.to_replica(gateway.index, replica);
                say(Anchor::Link(link), text);
            }
            let word = if !gateway.known[replica].is_healthy() {
                "unhealthy"
            } else if gateway.services[service].outliers.is_ejected(index) {
                "ejected"
            } else {
                continue;
            };
            let anchor = Anchor::Node(model.layout.replica(replica));
            say(anchor, line(word, Tone::Bad));
        }
    }
}

#[inline(never)]
fn line(words: &str, tone: Tone) -> (String, Tone) {
    (words.to_owned(), tone)
}

/// The most frequent failure, if there is one; else how many were answered.
fn client_line(statuses: &[u64]) -> (String, Tone) {
    let good = statuses[Status::Ok as usize] + statuses[Status::Partial as usize];
    let mut worst = Status::BadRequest as usize;
    for (status, count) in statuses.iter().enumerate().skip(worst) {
        if *count >= statuses[worst] {
            worst = status;
        }
    }
    let (code, count) = (CODES[worst], statuses[worst]);
    if count * 4 > good {
        (format!("{code}×{count}"), Tone::Bad)
    } else if count > 0 {
        (format!("200×{good}, {code}×{count}"), Tone::Plain)
    } else {
        (format!("200×{good}"), Tone::Plain)
    }
}

fn gauge_line(model: &ApiGateway, gateway: &Gateway, row: usize, now: Instant) -> (String, Tone) {
    if row == CLIENTS {
        return match (model.parameters.is_on(Key::Ttl), gateway.hit_ratio()) {
            (false, _) => line("off", Tone::Plain),
            (_, None) => line("empty", Tone::Plain),
            (_, Some(ratio)) => (format!("hit {:.0} %", Number(ratio * 100.0)), Tone::Plain),
        };
    }
    let refused = gateway.counts[LIMITED + row];
    match gateway.allowance(row, &model.parameters, now) {
        None => line("no limit", Tone::Plain),
        Some((_, share)) if refused > 0 && share < 0.5 => (format!("429×{refused}"), Tone::Bad),
        Some((left, _)) => (format!("tokens {:.1}", Number(left)), Tone::Plain),
    }
}

/// What keeps calls from a service, if anything does.
fn service_state(model: &ApiGateway, gateway: &Gateway, service: usize) -> Option<(String, Tone)> {
    let service = &gateway.services[service];
    let (open, most) = (service.open, model.parameters.count(Key::Bulkhead));
    match service.breaker.state() {
        BreakerState::Open => Some(line("open", Tone::Bad)),
        BreakerState::HalfOpen => Some(line("half-open", Tone::Warn)),
        BreakerState::Closed if most == 0 || (open as usize) < most => None,
        BreakerState::Closed => Some((format!("full {open}/{most}"), Tone::Warn)),
    }
}

/// What a message carries.
pub fn describe(model: &ApiGateway, message: &Message, text: &mut String) {
    let Hop {
        gateway,
        peer,
        inward,
    } = model.layout.hop(message.link);
    let at_client = matches!(peer, Place::Client(_));
    let words = match message.role {
        Role::Control => "health check",
        Role::Request => {
            let gateway = &model.gateways[gateway];
            let leg = gateway.leg(leg_key(message.flow, message.tag));
            let place = leg.and_then(|leg| gateway.place(leg.call).ok());
            let of_leg = place.map(|place| gateway.calls[place].asked);
            let asked = match at_client {
                true => Some(Asked::of_tag(message.tag)),
                false => of_leg,
            };
            match asked {
                None => "nobody waits any more",
                Some(asked) => {
                    let (path, item) = (PATHS[usize::from(asked.path)], asked.item);
                    text.push_str(&format!("/{path}/{item}"));
                    if at_client && asked.bad_token {
                        ", bad token"
                    } else {
                        ""
                    }
                }
            }
        }
        _ if at_client && !inward => {
            text.push_str(CODES[Status::of_tag(message.tag) as usize]);
            if message.tag & CACHED != 0 {
                " from cache"
            } else {
                ""
            }
        }
        Role::Response => "answer",
        _ if message.tag & REFUSED != 0 => "refused",
        _ => "failed",
    };
    text.push_str(words);
}
