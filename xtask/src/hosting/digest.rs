//! What a file holds, in a few letters: SHA-256, which browsers compute too.

use sha2::{Digest, Sha256};

/// As hexadecimal digits.
pub fn hex(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256() {
        assert!(hex(b"").starts_with("e3b0c44298fc1c14"));
    }
}
