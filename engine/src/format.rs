//! Numbers as people read them: three digits, a unit, never jumping about.

use crate::Instant;
use crate::kernel::decimal::Number;

/// Three digits of precision, without trailing zeros after the point.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let digits = match size {
        _ if !value.is_finite() => return "–".to_owned(),
        s if s >= 99.95 || s == 0.0 => 0,
        s if s >= 9.995 => 1,
        _ => 2,
    };
    let text = grouped(format!("{:.digits$}", Number(value)));
    if digits == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with thin gaps between thousands.
pub fn count(value: u64) -> String {
    grouped(value.to_string())
}

/// A whole number in at most four letters: `950`, `1.2k`, `12k`, `3.4M`.
pub fn short_count(value: u32) -> String {
    match value {
        0..1_000 => value.to_string(),
        1_000..10_000 => format!("{:.1}k", Number(f64::from(value) / 1e3)),
        10_000..1_000_000 => format!("{}k", value / 1_000),
        _ => format!("{:.1}M", Number(f64::from(value) / 1e6)),
    }
}

/// A number in at most five letters: as [`number`], from 10 000 on as [`short_count`].
pub fn short(value: f64) -> String {
    match value {
        10_000.0.. => short_count(value as u32),
        _ => number(value),
    }
}

/// A whole number that should never be negative, but might tell of a fault.
pub fn count_signed(value: i64) -> String {
    grouped(value.to_string())
}

fn grouped(text: String) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    if whole.trim_start_matches('-').len() < 5 {
        return text;
    }
    let mut grouped = String::with_capacity(text.len() + 4);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && grouped != "-" {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// `80 ms`, `1.5 s`, `250 µs`, `12 min`.
pub fn span(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s <= 0.0 => (0.0, "ms"),
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s if s < 600.0 => (s, "s"),
        s => (s / 60.0, "min"),
    };
    format!("{} {unit}", number(value))
}

/// A time of the run, always with the digits that fit its scale: `31.24 s`.
pub fn time(at: Instant) -> String {
    let seconds = at.as_secs();
    match seconds {
        s if s < 1000.0 => format!("{:.2} s", Number(s)),
        s => format!("{:.1} s", Number(s)),
    }
}

/// A share as `97 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", Number(share * 100.0))
}

/// A value in a unit, which may be empty.
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "" => number(value),
        "ms" if value >= 10_000.0 => format!("{} s", number(value / 1e3)),
        "ms" if value > 0.0 && value < 1.0 => format!("{} µs", number(value * 1e3)),
        _ => format!("{} {unit}", number(value)),
    }
}

/// Ten to a power, for sliders.
pub fn power_of_ten(exponent: f64) -> f64 {
    libm::pow(10.0, exponent)
}

/// The inverse of [`power_of_ten`].
pub fn decades(value: f64) -> f64 {
    libm::log10(value)
}

/// At most so many letters, the last of them an ellipsis if some are left out.
pub fn shorten(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept = text.chars().take(letters.saturating_sub(1));
    kept.chain((letters > 0).then_some('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_at_most_before_grouping() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.5, "0.5"),
            (24.06, "24.1"),
            (412.4, "412"),
            (9.999, "10"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NAN), "–");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(1248), "1248");
    }

    #[test]
    fn large_numbers_can_be_short() {
        for (value, text) in [(9_999.4, "9999"), (10_000.0, "10k"), (2.5e6, "2.5M")] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn spans_choose_their_unit() {
        assert_eq!(span(0.08), "80 ms");
        assert_eq!(span(1.5), "1.5 s");
        assert_eq!(span(0.00025), "250 µs");
        assert_eq!(span(720.0), "12 min");
    }
}
