//! The knobs of Peer-to-Peer, and what they come to in numbers.

use crate::kernel::{Duration, Knob, Settings, network};
use crate::parts::rumour::{Dies, Rule};
use crate::parts::traffic::{self, LOAD, Load};

const PEERS: &str = "Peers";
const GOSSIP: &str = "Gossip";
const DETECTION: &str = "Failure detection";
const LOOKUP: &str = "Requests and lookups";
const SWARM: &str = "Swarm";
const CHURN: &str = "Churn";

/// Most successors that a peer keeps.
pub const SUCCESSORS_MOST: usize = 8;

const IN_GOSSIP: &[&str] = &["gossip"];
const IN_SWARM: &[&str] = &["swarm"];
const ON: &[&str] = &["on"];

/// In the order of the page.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    traffic::OPEN_ARRIVAL_KNOB.chosen(0),
    traffic::rate_knob(0.4, "Updates, requests or lookups a second, of all peers."),
    traffic::ramp_to_knob(5.0),
    traffic::RAMP_S_KNOB,
    traffic::BURST_FACTOR_KNOB,
    traffic::BURST_PERIOD_KNOB,
    Knob::choice(LOAD, "mode", "Mode", &["direct", "gossip", "lookup", "swarm"], "Ask one, tell all, find an owner, or share a file.").chosen(1).structural(),
    Knob::number(PEERS, "peers", "Peers", "", (2.0, 20.0, 1_024.0), "On the command line up to 1024.").whole().structural().on_page(64.0),
    Knob::choice(PEERS, "overlay", "Overlay", &["mesh", "ring", "random-k", "chord"], "Who knows whom at all.").structural().only_if("mode", &["direct", "gossip", "swarm"]),
    Knob::number(PEERS, "degree", "Degree", "", (1.0, 3.0, 16.0), "So many others each peer chooses; links go both ways.").whole().structural().only_if("overlay", &["random-k"]),
    Knob::number(PEERS, "period-ms", "Round", "ms", (10.0, 300.0, 600_000.0), "A peer gossips, pings and mends once a round."),
    Knob::choice(PEERS, "clocks", "Rounds", &["apart", "together"], "Each in its own time, or all at once."),
    Knob::number(GOSSIP, "registers", "Registers", "", (1.0, 2.0, 4.0), "Updates write them in turn; the latest write holds.").whole().only_if("mode", IN_GOSSIP),
    Knob::choice(GOSSIP, "exchange", "Exchange", &["push", "pull", "push-pull"], "Tell a peer, ask a peer, or both.").only_if("mode", IN_GOSSIP),
    Knob::number(GOSSIP, "fanout", "Fanout", "", (1.0, 1.0, 16.0), "Peers that are told or asked in a round.").whole().only_if("mode", IN_GOSSIP),
    Knob::choice(GOSSIP, "dies", "Rumours die", &["counter", "coin", "never"], "After k rounds in vain, each time with 1/k, or never.").only_if("mode", IN_GOSSIP),
    Knob::number(GOSSIP, "k", "k", "", (1.0, 3.0, 100.0), "How stubborn who spreads a rumour is.").whole().only_if("dies", &["counter", "coin"]),
    Knob::choice(GOSSIP, "feedback", "Feedback", &["on", "blind"], "Peers answer whether they needed it. Blind: all counts.").only_if("mode", IN_GOSSIP),
    Knob::number(GOSSIP, "repair-every", "Anti-entropy", "rounds", (0.0, 0.0, 10_000.0), "So often a peer compares all it knows with another.").whole().zero_means("never").only_if("mode", IN_GOSSIP),
    Knob::choice(DETECTION, "detect", "Ping", &["off", "on"], "Each pings one other a round (SWIM).").chosen(0),
    Knob::number(DETECTION, "ping-timeout-ms", "Ping timeout", "ms", (1.0, 140.0, 600_000.0), "Without an ack until then, others are asked to ping.").only_if("detect", ON),
    Knob::number(DETECTION, "helpers", "Helpers", "", (0.0, 2.0, 8.0), "So many others ping for it.").whole().only_if("detect", ON),
    Knob::number(DETECTION, "suspect-rounds", "Suspicion", "rounds", (0.0, 4.0, 100.0), "So long a suspect can refute before it counts as dead.").whole().only_if("detect", ON),
    Knob::number(LOOKUP, "timeout-ms", "Timeout", "ms", (10.0, 1_500.0, 600_000.0), "For an answer, or a chunk.").only_if("mode", &["direct", "lookup", "swarm"]),
    Knob::number(LOOKUP, "attempts", "Attempts", "", (1.0, 3.0, 8.0), "Each time with another peer, or another way.").whole().only_if("mode", &["direct", "lookup"]),
    Knob::number(LOOKUP, "successors", "Successors", "", (1.0, 3.0, SUCCESSORS_MOST as f64), "The next on the ring that each peer knows.").whole().only_if("mode", &["lookup"]),
    Knob::choice(SWARM, "sharing", "Source", &["swarm", "server"], "Every peer gives what it has, or only peer-1.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "chunks", "Chunks", "", (1.0, 16.0, 64.0), "The file in so many pieces.").whole().structural().only_if("mode", IN_SWARM),
    Knob::choice(SWARM, "order", "Order", &["rarest", "random", "in-order"], "Which chunk a peer asks for first.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "file-mbit", "File", "Mbit", (0.1, 8.0, 1e6), "Its size.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "server-mbps", "Upload of peer-1", "Mbit/s", (0.01, 3.0, 1e5), "It has the whole file.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "upload-mbps", "Upload", "Mbit/s", (0.01, 1.0, 1e5), "Of each other peer.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "download-mbps", "Download", "Mbit/s", (0.01, 4.0, 1e5), "Of each peer.").only_if("mode", IN_SWARM),
    Knob::choice(SWARM, "tit-for-tat", "Tit for tat", &["off", "on"], "Who gave most is served first; one in four by turn.").only_if("mode", IN_SWARM),
    Knob::number(SWARM, "free-riders", "Free riders", "%", (0.0, 0.0, 100.0), "Take, and give nothing.").only_if("mode", IN_SWARM),
    Knob::number(CHURN, "session-s", "Stay", "s", (0.0, 0.0, 100_000.0), "Mean time until a peer goes.").zero_means("for ever"),
    Knob::number(CHURN, "away-s", "Away", "s", (0.0, 3.0, 100_000.0), "Mean time until it is back."),
    Knob::number(CHURN, "abrupt", "Without goodbye", "%", (0.0, 50.0, 100.0), "Of those who go."),
    Knob::number(PEERS, "service-ms", "Handling", "ms", (0.0, 0.0, 10_000.0), "Of each message, before it has any effect."),
    network::latency_knob(60.0),
    network::JITTER_KNOB,
];

/// What the peers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Direct,
    Gossip,
    Lookup,
    Swarm,
}

/// Which chunk first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Rarest,
    Random,
    Forward,
}

/// The knobs as the model reads them; shares from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    pub load: Load,
    pub mode: Mode,
    pub period: Duration,
    pub together: bool,
    pub registers: u64,
    pub push: bool,
    pub pull: bool,
    pub fanout: u64,
    pub rule: Rule,
    /// In rounds; zero: never.
    pub repair_every: u32,
    pub detect: bool,
    pub ping_timeout: Duration,
    pub helpers: u64,
    pub suspect: Duration,
    pub timeout: Duration,
    pub attempts: u8,
    pub successors: usize,
    /// Only the first peer gives.
    pub server_only: bool,
    /// All chunks of the file, a bit each.
    pub whole: u64,
    pub order: Order,
    /// To send a chunk: the first peer, another peer.
    pub upload: [Duration; 2],
    /// To receive a chunk.
    pub download: Duration,
    pub tit_for_tat: bool,
    pub free_riders: f64,
    /// Mean seconds; zero: for ever.
    pub session: f64,
    /// Mean seconds.
    pub away: f64,
    pub abrupt: f64,
    pub service: Duration,
}

impl Parameters {
    /// Reads the knobs for `peers` peers while traffic surges.
    pub fn new(settings: &Settings, peers: usize, surge: f64) -> Self {
        let number = |key| settings.number(key);
        let share = |key| settings.number(key) / 100.0;
        let millis = |key| Duration::from_millis(settings.number(key));
        let is = |key, word: &str| settings.choice(key) == word;
        let (period, chunks) = (millis("period-ms"), number("chunks"));
        let chunk = number("file-mbit") / chunks;
        let takes = |key| Duration::from_secs(chunk / settings.number(key));
        let exchange = settings.choice("exchange");
        let mode = match settings.choice("mode") {
            "direct" => Mode::Direct,
            "lookup" => Mode::Lookup,
            "swarm" => Mode::Swarm,
            _ => Mode::Gossip,
        };
        let load = Load::new(settings, peers, surge);
        Self {
            load: load.times(f64::from(u8::from(mode != Mode::Swarm))),
            mode,
            period,
            together: is("clocks", "together"),
            registers: number("registers") as u64,
            push: exchange != "pull",
            pull: exchange != "push",
            fanout: number("fanout") as u64,
            rule: Rule {
                dies: match settings.choice("dies") {
                    "coin" => Dies::Coin,
                    "never" => Dies::Never,
                    _ => Dies::Counter,
                },
                k: number("k") as u8,
                feedback: is("feedback", "on"),
            },
            repair_every: number("repair-every") as u32,
            detect: is("detect", "on"),
            ping_timeout: millis("ping-timeout-ms"),
            helpers: number("helpers") as u64,
            suspect: period.scaled(number("suspect-rounds")),
            timeout: millis("timeout-ms"),
            attempts: number("attempts") as u8,
            successors: number("successors") as usize,
            server_only: is("sharing", "server"),
            whole: u64::MAX >> (64 - chunks as u32),
            order: match settings.choice("order") {
                "random" => Order::Random,
                "in-order" => Order::Forward,
                _ => Order::Rarest,
            },
            upload: [takes("server-mbps"), takes("upload-mbps")],
            download: takes("download-mbps"),
            tit_for_tat: is("tit-for-tat", "on"),
            free_riders: share("free-riders"),
            session: number("session-s"),
            away: number("away-s"),
            abrupt: share("abrupt"),
            service: millis("service-ms"),
        }
    }
}
