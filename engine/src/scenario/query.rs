//! Percent-encoding: the keys and values of a query. Reading is tolerant.

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
