//! Whole addresses: what a link attaches, in letters that are safe in its
//! fragment (deflate, base64url), and back. Bounded always.
//!
//! The page leaves this out: there the browser's own streams do it.

use super::Scenario;
use super::link::{Attached, ParsedLink, most_bytes, read_link, write_link};
use super::query::pairs;
use crate::kernel::Instant;
use crate::patterns::find_pattern;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::{deflate, inflate};

/// Best compression: a link is made once and sent often.
const LEVEL: u8 = 9;

/// Reads a whole address, a path with a query, or a query alone. Where no `p`
/// names the pattern, the last part of the path may.
pub fn parse_url(text: &str) -> ParsedLink {
    let (address, fragment) = text.trim().split_once('#').unwrap_or((text.trim(), ""));
    let (path, query) = match address.split_once('?') {
        Some(split) => split,
        None if address.contains('=') => ("", address),
        None => (address, ""),
    };
    let named = pairs(query)
        .chain(pairs(fragment))
        .any(|(key, _)| key == "p");
    let in_path = path.rsplit('/').find_map(find_pattern);
    match in_path {
        Some(pattern) if !named => parse_link(&format!("p={}&{query}", pattern.slug), fragment),
        _ => parse_link(query, fragment),
    }
}

/// Reads the query and the fragment of an address, with or without their `?`
/// and `#`.
pub fn parse_link(query: &str, fragment: &str) -> ParsedLink {
    let attached = pairs(fragment.strip_prefix('#').unwrap_or(fragment)).map(|(key, value)| {
        let value = match most_bytes(&key) {
            Some(most) => unpack(&value, most),
            None => Ok(value),
        };
        Attached { key, value }
    });
    read_link(query, attached.collect())
}

/// Writes a link: its query and its fragment, without `?` and `#`.
pub fn format_link(
    scenario: &Scenario,
    at: Option<Instant>,
    speed: Option<f64>,
) -> (String, String) {
    let (query, attached) = write_link(scenario, at, speed);
    let packed: Vec<String> = attached
        .iter()
        .map(|(key, text)| format!("{key}={}", pack(text)))
        .collect();
    (query, packed.join("&"))
}

/// Compresses text into letters that are safe in a link.
fn pack(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(deflate::compress_to_vec(text.as_bytes(), LEVEL))
}

/// Undoes [`pack`], refusing what would grow beyond `most` bytes.
fn unpack(text: &str, most: usize) -> Result<String, String> {
    let damaged = || "is cut off or damaged; copy the whole link again".to_owned();
    if text.len() > most.saturating_mul(2) {
        return Err(format!("is longer than {most} bytes"));
    }
    let packed = URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| damaged())?;
    let bytes =
        inflate::decompress_to_vec_with_limit(&packed, most).map_err(|error| {
            match error.status {
                inflate::TINFLStatus::HasMoreOutput => format!("is longer than {most} bytes"),
                _ => damaged(),
            }
        })?;
    String::from_utf8(bytes).map_err(|_| damaged())
}
