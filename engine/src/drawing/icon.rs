//! What a node is, as a sign of 18 by 17 pixels in front of its name.

use crate::kernel::Figure;

/// Lines, from the upper left corner.
pub const fn icon(figure: Figure) -> &'static str {
    match figure {
        Figure::Client => "M0 1h18v12h-18zM5 17h8",
        Figure::Source => "M0 3h7M0 8.5h11M0 14h7M11 4l6 4.5l-6 4.5",
        Figure::Server => "M1 0h16v7h-16zM1 10h16v7h-16zM4.5 3.5h.01M4.5 13.5h.01",
        Figure::Gateway => "M9 0l7.5 3v5.5c0 4-4 7-7.5 8.5c-3.5-1.5-7.5-4.5-7.5-8.5v-5.5z",
        Figure::Log => "M0 1h18v6h-18zM0 10h18v6h-18zM6 1v6M12 1v6M6 10v6M12 10v6",
        Figure::Buffer => "M1 0v16h16v-16M5 12h8M5 8h8M5 4h8",
        Figure::Store => {
            "M1 3c0-4 16-4 16 0v11c0 4-16 4-16 0zM1 3c0 4 16 4 16 0M1 8.5c0 4 16 4 16 0"
        }
        Figure::Table => "M0 1h18v15h-18zM0 6h18M6 6v10M0 11h18",
        Figure::Bin => "M1 4h16M6 4v-3h6v3M3 4l1 13h10l1-13",
        Figure::Conductor => "M6 0h6v5h-6zM0 12h6v5h-6zM12 12h6v5h-6zM9 5v3.5M3 12v-3.5h12v3.5",
    }
}
