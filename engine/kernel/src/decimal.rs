//! Numbers from text and to text. The standard library's are right for every
//! float and bring 25 kilobytes of code and of powers that no compression
//! shrinks; these are right for up to 17 digits between 1e-21 and 1e19, of
//! which knobs, scripts and own input use a few.

use std::fmt;

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

/// So many digits tell any two floats apart.
const DIGITS_SHORTEST: i32 = 17;
/// A float near ten to that power is at most so far from the number meant.
const PRODUCT_ERROR: u64 = 16;

/// A float to be written: as short as [`parse`] reads it back, or with as many
/// places as the format asks for, halves away from zero.
#[derive(Clone, Copy)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if !magnitude.is_finite() {
            return f.write_str(if self.0.is_nan() { "NaN" } else { "inf" });
        }
        let (digits, places) = match f.precision() {
            Some(places) => {
                let unit = libm::pow(10.0, places as f64);
                ((magnitude * unit + 0.5) as u64, places as i32)
            }
            None => shortest(magnitude),
        };
        if self.0 < 0.0 && digits > 0 {
            f.write_str("-")?;
        }
        write_scaled(f, digits, places)
    }
}

/// The fewest digits, as an integer and the places of it behind the point,
/// that are read back as this very float.
fn shortest(magnitude: f64) -> (u64, i32) {
    if magnitude == 0.0 {
        return (0, 0);
    }
    let exponent = libm::floor(libm::log10(magnitude)) as i32;
    for count in 1..=DIGITS_SHORTEST {
        let places = count - 1 - exponent;
        let digits = (magnitude * libm::pow(10.0, f64::from(places)) + 0.5) as u64;
        // The product is rounded: the right digits may be its neighbours.
        for step in 0..=PRODUCT_ERROR {
            for candidate in [digits.saturating_sub(step), digits.saturating_add(step)] {
                if scaled(candidate, -places) == Some(magnitude) {
                    return (candidate, places);
                }
            }
        }
    }
    // Too large or too small to be read back at all.
    match DIGITS_SHORTEST - 1 - exponent {
        places @ 0..=30 => (
            (magnitude * libm::pow(10.0, f64::from(places))) as u64,
            places,
        ),
        _ => (magnitude as u64, 0),
    }
}

/// Writes `digits` times ten to minus `places`.
fn write_scaled(f: &mut fmt::Formatter<'_>, digits: u64, places: i32) -> fmt::Result {
    let text = digits.to_string();
    let Some(places) = usize::try_from(places).ok().filter(|places| *places > 0) else {
        f.write_str(&text)?;
        return (0..-places).try_for_each(|_| f.write_str("0"));
    };
    let (whole, fraction) = match text.len().checked_sub(places) {
        Some(0) | None => ("0", text.as_str()),
        Some(point) => text.split_at(point),
    };
    f.write_str(whole)?;
    f.write_str(".")?;
    (fraction.len()..places).try_for_each(|_| f.write_str("0"))?;
    f.write_str(fraction)
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
        fn writes_as_short_as_can_be_what_reads_back(value in prop_oneof![1e-4_f64..1e18, 1e-4_f64..10.0]) {
            let text = Number(value).to_string();
            prop_assert_eq!(parse(&text), Some(value));
            let shortest = value.to_string();
            prop_assert!(text.len() <= shortest.len());
        }

        #[test]
        fn writes_short_decimals_as_they_were(digits in -1_000_000_i64..1_000_000, places in 0_u32..7) {
            let value = digits as f64 / libm::pow(10.0, f64::from(places));
            prop_assert_eq!(Number(value + 0.0).to_string(), format!("{}", value + 0.0));
        }

        #[test]
        fn writes_as_many_places_as_asked_for(value in -1e9_f64..1e9, places in 0_usize..6) {
            let text = format!("{:.places$}", Number(value));
            let expected = format!("{value:.places$}");
            prop_assert_eq!(text.trim_start_matches('-').len(), expected.trim_start_matches('-').len());
            let difference = parse(&text).expect("a number") - value;
            let half = 0.500_001 * libm::pow(10.0, -(places as f64));
            prop_assert!(difference.abs() <= half + value.abs() * 1e-15);
        }

        #[test]
        fn survives_any_float(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let _ = (Number(value).to_string(), format!("{:.3}", Number(value)));
        }

        #[test]
        fn survives_any_text(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
