//! What stations handle, of whatever pattern.

use crate::kernel::model::Draft;
use crate::kernel::{Context, FlowId, Hue, Instant, LinkId, Marks, Message, MessageId, Role};

/// Work that a message brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What brought it.
    pub message: MessageId,
    /// Whose it is.
    pub flow: FlowId,
    /// Back to the sender.
    pub reply: LinkId,
    /// Of the message.
    pub tag: u32,
    /// Of the message.
    pub hue: Hue,
    /// Of the message.
    pub marks: Marks,
    /// When it left its sender.
    pub sent: Instant,
    /// What else its owner must know of it; 0 at first.
    pub memo: u32,
}

impl Work {
    /// What a message brings; none if there is no way back.
    pub fn of(message: &Message, context: &Context) -> Option<Self> {
        let reply = context.topology().reverse(message.link)?;
        Some(Self::one_way(message, reply))
    }

    /// What a message brings; answers go by the link `reply`.
    pub fn one_way(message: &Message, reply: LinkId) -> Self {
        Self {
            message: message.id,
            flow: message.flow,
            reply,
            tag: message.tag,
            hue: message.hue,
            marks: message.marks,
            sent: message.depart,
            memo: 0,
        }
    }

    /// Work that nobody waits for elsewhere.
    pub fn at_home(message: MessageId, flow: FlowId, hue: Hue, sent: Instant) -> Self {
        Self {
            message,
            flow,
            reply: LinkId(0),
            tag: 0,
            hue,
            marks: Marks::default(),
            sent,
            memo: 0,
        }
    }

    /// Sends what comes of it: back, or on to another node.
    pub fn send(&self, link: LinkId, role: Role, tag: u32, context: &mut Context) {
        context.send(Draft {
            link,
            flow: self.flow,
            cause: Some(self.message),
            tag,
            role,
            hue: self.hue,
            marks: Marks {
                duplicate: false,
                ..self.marks
            },
        });
    }
}
