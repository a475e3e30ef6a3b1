//! Which node and which link is which. Both are numbered in the order in which
//! [`Layout::topology`] makes them, so that nothing need be looked up.

use super::call::{SERVICES, TENANTS};
use crate::kernel::{Figure, LinkId, NodeId, Settings, Topology};

/// How many clients there are, one a tenant.
pub const CLIENTS: usize = TENANTS.len();

/// How many gateways and replicas there are.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Gateways.
    pub gateways: usize,
    /// Replicas of each service; those of a service stand together.
    pub each: usize,
}

/// What a node is, and which of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of a tenant.
    Client(usize),
    /// One door.
    Gateway(usize),
    /// Of all services.
    Replica(usize),
}

/// A link: one end is a gateway, at the other is a client or a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Which.
    pub gateway: usize,
    /// At the other end.
    pub peer: Place,
    /// Towards the gateway.
    pub inward: bool,
}

impl Layout {
    /// As the knobs have it.
    pub fn new(settings: &Settings) -> Self {
        Self {
            gateways: settings.number("gateways") as usize,
            each: settings.number("replicas") as usize,
        }
    }

    /// Its nodes and links.
    pub fn topology(self) -> Topology {
        let mut topology = Topology::default();
        for kind in TENANTS {
            topology.add_column(kind, 0, 1);
        }
        let gateways = topology.add_column("gateway", 1, self.gateways as u16);
        topology.draw_as(Figure::Gateway, &gateways);
        for kind in SERVICES {
            let replicas = topology.add_column(kind, 2, self.each as u16);
            topology.draw_as(Figure::Server, &replicas);
        }
        for gateway in 0..self.gateways {
            for client in 0..CLIENTS {
                topology.connect(self.client(client), self.gateway(gateway));
            }
            for replica in 0..self.replicas() {
                topology.connect(self.gateway(gateway), self.replica(replica));
            }
        }
        topology
    }

    /// Of all services together.
    pub fn replicas(self) -> usize {
        SERVICES.len() * self.each
    }

    /// A client's node.
    pub fn client(self, client: usize) -> NodeId {
        NodeId(client as u16)
    }

    /// A gateway's node.
    pub fn gateway(self, gateway: usize) -> NodeId {
        NodeId((CLIENTS + gateway) as u16)
    }

    /// A replica's node.
    pub fn replica(self, replica: usize) -> NodeId {
        NodeId((CLIENTS + self.gateways + replica) as u16)
    }

    /// What a node is.
    pub fn place(self, node: NodeId) -> Place {
        let index = node.index();
        if index < CLIENTS {
            Place::Client(index)
        } else if index < CLIENTS + self.gateways {
            Place::Gateway(index - CLIENTS)
        } else {
            Place::Replica(index - CLIENTS - self.gateways)
        }
    }

    fn link(self, gateway: usize, peer: usize) -> LinkId {
        LinkId((2 * (gateway * (CLIENTS + self.replicas()) + peer)) as u32)
    }

    /// From a client to a gateway.
    pub fn to_gateway(self, client: usize, gateway: usize) -> LinkId {
        self.link(gateway, client)
    }

    /// From a gateway to a replica.
    pub fn to_replica(self, gateway: usize, replica: usize) -> LinkId {
        self.link(gateway, CLIENTS + replica)
    }

    /// What a link connects.
    pub fn hop(self, link: LinkId) -> Hop {
        let (pair, there) = (link.index() / 2, link.index().is_multiple_of(2));
        let peers = CLIENTS + self.replicas();
        let (gateway, peer) = (pair / peers, pair % peers);
        let is_client = peer < CLIENTS;
        Hop {
            gateway,
            peer: match is_client {
                true => Place::Client(peer),
                false => Place::Replica(peer - CLIENTS),
            },
            inward: is_client == there,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_the_topology_says() {
        let layout = Layout {
            gateways: 2,
            each: 4,
        };
        let topology = layout.topology();
        assert_eq!(topology.nodes().len(), 3 + 2 + 12);
        for id in topology.link_ids() {
            let (link, hop) = (topology.link(id), layout.hop(id));
            let gateway = layout.gateway(hop.gateway);
            let peer = match hop.peer {
                Place::Client(client) => layout.client(client),
                Place::Replica(replica) => layout.replica(replica),
                Place::Gateway(_) => panic!("{hop:?}"),
            };
            let ends = match hop.inward {
                true => (peer, gateway),
                false => (gateway, peer),
            };
            assert_eq!((link.from, link.to), ends);
            assert_eq!(layout.place(peer), hop.peer);
            assert_eq!(layout.place(gateway), Place::Gateway(hop.gateway));
            match (hop.peer, hop.inward) {
                (Place::Client(it), true) => assert_eq!(layout.to_gateway(it, hop.gateway), id),
                (Place::Replica(it), false) => assert_eq!(layout.to_replica(hop.gateway, it), id),
                _ => {}
            }
        }
    }
}
