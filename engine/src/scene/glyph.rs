//! The shape of each kind of message, as SVG path data around the origin.

use crate::kernel::Role;

/// A large outline with true curves, about 12 pixels across, for few messages.
/// Holes rely on the even-odd rule.
pub const fn rich(role: Role) -> &'static str {
    match role {
        Role::Request => "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
        Role::Response => {
            "M-6.2 0a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0zM-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z"
        }
        Role::Command => "M-5.5-5.5h11v11h-11z",
        Role::Event => "M0-7.5L7.5 0L0 7.5L-7.5 0z",
        Role::Record => "M-7.5-4.5h15v9h-15z",
        Role::Batch => "M-6.5-6h13v3.2h-13zM-6.5-1.6h13v3.2h-13zM-6.5 2.8h13v3.2h-13z",
        Role::Ack => "M0-4.5L5 4h-10z",
        Role::Control => "M-6.5 0L-3.2-5.6h6.4L6.5 0L3.2 5.6h-6.4z",
        Role::Error => CROSS,
    }
}

/// A cross, for failures and for what is lost.
pub const CROSS: &str = "M-5.5-3.7L-3.7-5.5L0-1.8L3.7-5.5L5.5-3.7L1.8 0L5.5 3.7L3.7 5.5L0 1.8L-3.7 5.5L-5.5 3.7L-1.8 0z";

/// A small polygon relative to the current point, for many messages in one
/// path: few corners, because corners are what it costs to paint them.
pub const fn plain(role: Role) -> &'static str {
    match role {
        Role::Request => "m-3.6-1.5l2.1-2.1h3l2.1 2.1v3l-2.1 2.1h-3l-2.1-2.1z",
        Role::Response => {
            "m-3.8-1.6l2.2-2.2h3.2l2.2 2.2v3.2l-2.2 2.2h-3.2l-2.2-2.2zm2 0v3.2l.2.2h3.2l.2-.2v-3.2l-.2-.2h-3.2z"
        }
        Role::Command => "m-3.2-3.2h6.4v6.4h-6.4z",
        Role::Event => "m0-4.4l4.4 4.4l-4.4 4.4l-4.4-4.4z",
        Role::Record => "m-4.4-2.6h8.8v5.2h-8.8z",
        Role::Batch => "m-4-3.6h8v2h-8zm0 2.7h8v2h-8zm0 2.7h8v2h-8z",
        Role::Ack => "m0-3l3.2 5.4h-6.4z",
        Role::Control => "m-4 0l2-3.4h4l2 3.4l-2 3.4h-4z",
        Role::Error => CROSS_PLAIN,
    }
}

/// [`CROSS`] for many.
pub const CROSS_PLAIN: &str = "m-3.6-2.4l1.2-1.2l2.4 2.4l2.4-2.4l1.2 1.2l-2.4 2.4l2.4 2.4l-1.2 1.2l-2.4-2.4l-2.4 2.4l-1.2-1.2l2.4-2.4z";

/// An outline around a plain shape: a square ring.
pub const RING_PLAIN: &str = "m-5.6-5.6h11.2v11.2h-11.2zm1.3 1.3v8.6h8.6v-8.6z";

/// Writes a coordinate with one decimal, as short as can be.
pub fn write_number(text: &mut String, value: f32) {
    // Beyond any picture; keeps the cast from saturating into nonsense.
    let tenths = (value.clamp(-1e6, 1e6) * 10.0).round() as i32;
    if tenths < 0 {
        text.push('-');
    }
    let tenths = tenths.unsigned_abs();
    write_count(text, u64::from(tenths / 10));
    if !tenths.is_multiple_of(10) {
        text.push('.');
        text.push(char::from(b'0' + (tenths % 10) as u8));
    }
}

/// Writes a whole number.
pub fn write_count(text: &mut String, value: u64) {
    let mut digits = [0u8; 20];
    let mut length = 0;
    let mut rest = value;
    loop {
        digits[length] = b'0' + (rest % 10) as u8;
        length += 1;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let shown = digits[..length].iter().rev();
    text.extend(shown.map(|digit| char::from(*digit)));
}

/// Adds a subpath at a place to a path.
pub fn write_at(path: &mut String, x: f32, y: f32, shape: &str) {
    path.push('M');
    write_number(path, x);
    path.push(' ');
    write_number(path, y);
    path.push_str(shape);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_right() {
        for (value, text) in [
            (0.0, "0"),
            (12.34, "12.3"),
            (-0.06, "-0.1"),
            (1000.0, "1000"),
            (7.96, "8"),
        ] {
            let mut written = String::new();
            write_number(&mut written, value);
            assert_eq!(written, text);
        }
        let mut absurd = String::new();
        write_number(&mut absurd, f32::NAN);
        assert_eq!(absurd, "0");
    }

    #[test]
    fn every_shape_is_closed_and_its_own() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert!(rich(role).starts_with('M') && rich(role).ends_with('z'));
            assert!(plain(role).starts_with('m') && plain(role).ends_with('z'));
            assert!(
                Role::ALL[index + 1..]
                    .iter()
                    .all(|other| rich(*other) != rich(role))
            );
        }
    }
}
