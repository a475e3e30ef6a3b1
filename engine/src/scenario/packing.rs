//! Text in links: percent-encoding, and compression (deflate, base64url) for
//! what is long. Reading is tolerant where that is safe, bounded always.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::{deflate, inflate};

/// Best compression: a link is made once and sent often.
const LEVEL: u8 = 9;

/// Keys and values of a query, decoded. Parts without `=` get an empty value.
pub fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        })
}

/// Undoes percent-encoding; what is not encoded correctly stands for itself.
pub fn decode(text: &str) -> String {
    let hex = |byte: Option<&u8>| {
        byte.and_then(|b| char::from(*b).to_digit(16))
            .map(|digit| digit as u8)
    };
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        let digits = if byte == b'%' {
            hex(bytes.get(i + 1)).zip(hex(bytes.get(i + 2)))
        } else {
            None
        };
        match (byte, digits) {
            (_, Some((high, low))) => {
                decoded.push(high * 16 + low);
                i += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(byte),
        }
        i += 1;
    }
    String::from_utf8(decoded)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Percent-encodes a value, leaving what is safe in a query legible.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'*' | b',' | b':' | b';' | b'=' => {
                encoded.push(char::from(byte))
            }
            _ => {
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                encoded.extend(['%', char::from(digits[0]), char::from(digits[1])]);
            }
        }
    }
    encoded
}

/// Compresses text into letters that are safe in a link.
pub fn pack(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(deflate::compress_to_vec(text.as_bytes(), LEVEL))
}

/// Undoes [`pack`], refusing what would grow beyond `most` bytes.
pub fn unpack(text: &str, most: usize) -> Result<String, String> {
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
