//! One instant as an SVG file.

use crate::film::{Film, Shot};
use crate::svg::{document, write_mark};
use patternscope_engine::Instant;

/// The picture of a shot's first instant.
pub fn svg(shot: &Shot) -> String {
    frame(shot, &mut Film::new(shot), shot.from)
}

/// The picture of an instant, which must not be before the last one asked for.
pub fn frame(shot: &Shot, film: &mut Film, at: Instant) -> String {
    film.seek(at);
    let mut body = String::new();
    write_mark(&mut body, &film.picture());
    document(shot, "", &body)
}
