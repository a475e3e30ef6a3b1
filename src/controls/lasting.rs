//! How long a failure lasts.

/// A few lengths to choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lasting {
    /// One second.
    Short,
    /// Five seconds.
    #[default]
    Long,
    /// Until it is healed.
    Healed,
}

/// In the order of the page.
pub const LASTING: [Lasting; 3] = [Lasting::Short, Lasting::Long, Lasting::Healed];

impl Lasting {
    /// On a button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Short => "1 s",
            Self::Long => "5 s",
            Self::Healed => "until healed",
        }
    }

    /// The end of an intervention, as scripts write it.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Short => " for 1s",
            Self::Long => " for 5s",
            Self::Healed => "",
        }
    }
}
