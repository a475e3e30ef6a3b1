//! Numbers from text. The standard library's parser is right for every text
//! and brings ten kilobytes of powers of five that no compression shrinks; this
//! one is right for up to 19 digits, of which knobs, scripts and own input
//! use a few.

/// So many digits fit into the integer that they are gathered in.
const DIGITS_MOST: u32 = 19;
/// A quotient by ten to this power keeps more bits than a float holds.
const PLACES_MOST: i32 = 21;
/// A product with ten to this power stays an integer of 128 bits.
const ZEROS_MOST: i32 = 19;

/// The float nearest to a decimal number such as `12`, `-0.5`, `.5` or `1e3`;
/// digits after the nineteenth do not count. None for anything else, and for
/// what is tiny or huge beyond use.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (digits, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (significand, places) = significand(digits)?;
    let magnitude = scaled(significand, places.checked_add(i32::from(power))?)?;
    Some(if negative { -magnitude } else { magnitude })
}

/// All digits as one integer, and the power of ten that it is to be scaled by.
fn significand(digits: &str) -> Option<(u64, i32)> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let (mut significand, mut count, mut power) = (0_u64, 0, 0);
    let before = whole.bytes().map(|digit| (digit, 0));
    let after = fraction.bytes().map(|digit| (digit, -1));
    for (digit, place) in before.chain(after) {
        if !digit.is_ascii_digit() {
            return None;
        }
        if count == DIGITS_MOST {
            power += place + 1;
            continue;
        }
        significand = significand * 10 + u64::from(digit - b'0');
        count += u32::from(significand > 0);
        power += place;
    }
    Some((significand, power))
}

/// The float nearest to `significand` times ten to the `power`.
fn scaled(mut significand: u64, mut power: i32) -> Option<f64> {
    while power < 0 && significand.is_multiple_of(10) && significand > 0 {
        (significand, power) = (significand / 10, power + 1);
    }
    match power {
        _ if significand == 0 => Some(0.0),
        0..=ZEROS_MOST => Some((u128::from(significand) * ten_to(power)) as f64),
        power if (-PLACES_MOST..0).contains(&power) => Some(divided(significand, ten_to(-power))),
        _ => None,
    }
}

fn ten_to(power: i32) -> u128 {
    10_u128.pow(power.unsigned_abs())
}

/// The float nearest to a quotient: all its bits that a float can hold, and
/// one more for whether anything is left.
fn divided(dividend: u64, divisor: u128) -> f64 {
    let shift = dividend.leading_zeros() + 64;
    let shifted = u128::from(dividend) << shift;
    let rest = u128::from(!shifted.is_multiple_of(divisor));
    let quotient = (shifted / divisor) | rest;
    quotient as f64 / (1_u128 << shift) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        for text in [
            "0",
            "-0",
            "12",
            "+7",
            "0.1",
            ".5",
            "5.",
            "1e3",
            "2.5E-3",
            "99.999",
            "0.000001",
            "1000000000000000000000",
            "9007199254740993",
            "36000000",
            "00012.500",
        ] {
            let expected: f64 = text.parse().expect("a float");
            let found = parse(text).expect(text);
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in [
            "", ".", "-", "e5", "1e", "1 2", "0x10", "1_000", "NaN", "inf", "--1", "1.2.3", "é",
            "1e99", "1e-99",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(value in 1e-4_f64..1e18) {
            let text = format!("{value}");
            prop_assert_eq!(parse(&text), Some(value));
        }

        #[test]
        fn agrees_on_any_short_decimal(digits in 0_u64..10_u64.pow(19), places in 0_usize..20) {
            let text = format!("{digits}e-{places}");
            prop_assert_eq!(parse(&text), text.parse().ok());
        }

        #[test]
        fn survives_any_text(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
